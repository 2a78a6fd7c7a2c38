//! What a driver logs and prints.

use crate::support::{Worker, executing};

#[test]
fn log_records_come_with_their_call() {
    let mut worker = Worker::start(&executing(
        "def execute_circuit(self, device_id, circuit, shots, options):
            import logging
            try:
                1 / 0
            except ZeroDivisionError:
                logging.getLogger('vendor').exception('odd: %s', device_id)
            logging.debug('not shown')
            logging.info('x' * 100000)
            logging.info('%d', 'no number')
            return {'0': shots}, 0, {}",
    ));
    worker.result();
    let [odd, long, broken] = worker.logs.as_slice() else { panic!("{:?}", worker.logs) };
    assert_eq!((odd.level, odd.logger.as_str(), odd.message.as_str()), (40, "vendor", "odd: dev"));
    assert_eq!(odd.job_id, "job-1");
    assert!(odd.traceback.contains("ZeroDivisionError"));
    assert!(long.message.len() < 10_000 && long.message.contains("100000"));
    assert!(broken.message.contains("cannot be shown"));
}

#[test]
fn logging_while_a_record_is_shown_does_not_recurse() {
    let mut worker = Worker::start(&executing(
        "def execute_circuit(self, device_id, circuit, shots, options):
            import logging
            class Loud:
                def __str__(self):
                    logging.error('%s', self)
                    return 'loud'
            logging.error('%s', Loud())
            return {'0': shots}, 0, {}",
    ));
    worker.result();
    assert_eq!(worker.logs.len(), 1);
    assert_eq!(worker.logs[0].message, "loud");
}

#[test]
fn prints_go_to_standard_output() {
    let mut worker = Worker::start(&executing(
        "def execute_circuit(self, device_id, circuit, shots, options):
            print('hello')
            print('oh', file=sys.stderr)
            return {'0': shots}, 0, {}",
    ));
    worker.result();
    let output = worker.output();
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (b"hello\n".as_slice(), b"oh\n".as_slice())
    );
}
