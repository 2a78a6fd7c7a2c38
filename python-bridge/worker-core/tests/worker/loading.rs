//! From source to driver: imports, the choice of the class, what fails.

use eigen_worker_core::message::{Error, Hello, HelloAnswer, to_worker::Request};

use crate::support::{Worker, error, hello, scratch};

const METHODS: &str = "
    def get_devices(self): return []
    def execute_circuit(self, device_id, circuit, shots, options): return {'0': shots}, 0, {}
";

fn class(head: &str) -> String {
    format!("class {head}:{METHODS}")
}

fn loaded(source: &str) -> HelloAnswer {
    Worker::start_with(hello(source)).1
}

fn refused(source: &str) -> Error {
    let mut worker = Worker::spawn();
    let refused = error(worker.ask(Request::Hello(hello(source))));
    assert!(!worker.ended().0.success());
    refused
}

#[test]
fn old_names_of_the_base_class_work() {
    for module in ["base_driver", "src.plugins.base_driver", "driver_manager.base_driver", "eigen_driver"] {
        let source =
            format!("from {module} import BaseDriver, DriverExecutionError\n{}", class("Old(BaseDriver)"));
        assert_eq!(loaded(&source).class_name, "Old", "{module}");
    }
}

#[test]
fn a_drivers_own_package_of_that_name_stays_its_own() {
    let folder = scratch();
    std::fs::create_dir(folder.join("src")).expect("a folder");
    std::fs::write(folder.join("src/__init__.py"), "MINE = 'mine'").expect("a file");
    let source = format!(
        "import src\nfrom src.plugins.base_driver import BaseDriver\n{}    name = src.MINE\n",
        class("Mine(BaseDriver)")
    );
    let search_path = vec![folder.display().to_string()];
    let (_worker, answer) = Worker::start_with(Hello { search_path, ..hello(&source) });
    assert_eq!(answer.name, "mine");
}

#[test]
fn a_constructor_may_take_the_generated_types() {
    let source = "
class Old:
    def __init__(self, types_pb):
        assert types_pb.ONLINE == types_pb.DEVICE_STATUS_ONLINE == 1
        assert types_pb.DEVICE_STATUS_ERROR_STATUS == 5
        self.name = types_pb.DeviceInfo(device_id='made').device_id
    def get_devices(self): return []
    def execute_circuit(self, **_): pass";
    assert_eq!(loaded(source).name, "made");
}

#[test]
fn the_class_is_found() {
    let base = "from eigen_driver import BaseDriver\n";
    let two = format!("{}{}", class("One"), class("Two"));
    let cases = [
        (class("Duck"), "Duck"),
        (format!("{base}{}{}", class("Helper"), class("Real(BaseDriver)")), "Real"),
        (format!("{base}{}{}", class("Common(BaseDriver)"), class("Special(Common)")), "Special"),
        (format!("{}{}", class("Other"), class("Driver")), "Driver"),
        (format!("{two}DRIVER = Two\n"), "Two"),
        (format!("{two}driver_class = One\n"), "One"),
        (format!("{two}def create_driver(): return Two()\n"), "Two"),
    ];
    for (source, class_name) in cases {
        assert_eq!(loaded(&source).class_name, class_name, "{source}");
    }
}

#[test]
fn no_class_and_several_are_errors_that_say_what_to_do() {
    let none = refused("x = 1");
    assert!(none.code == 9 && none.message.contains("get_devices"), "{}", none.message);
    let several = refused(&format!("{}{}", class("One"), class("Two")));
    assert!(several.code == 9 && several.message.contains("One, Two"), "{}", several.message);
}

#[test]
fn a_failing_import_is_an_error_with_a_traceback() {
    let missing = refused("import math\nimport no_such_sdk\n");
    assert!(missing.traceback.contains("tested_driver.py\", line 2"), "{}", missing.traceback);
    assert!(missing.traceback.contains("import no_such_sdk"), "{}", missing.traceback);
    assert_eq!(missing.exception, "ModuleNotFoundError");
    assert_eq!(refused("def broken(:").exception, "SyntaxError");
    assert_eq!(refused("raise SystemExit(0)").code, 13);
}

#[test]
fn the_module_knows_its_file() {
    let source = format!(
        "assert __file__ == '/nowhere/tested_driver.py'\nassert __name__ == 'tested_driver'\n{}",
        class("A")
    );
    assert_eq!(loaded(&source).class_name, "A");
}
