//! A device as its settings describe it, which tells in the metadata what it got. Settings, as comma lists:
//! `gates`, `forms` (gates, qasm3, aqo-json), `features` (mid-circuit, conditional), `coupling` (`0-1`).

use fixture::Fault;
use fixture::sdk::{
    Circuit, CircuitForm, Device, DeviceFeatures, ExecutionResult, GateName, Outcome, Properties, Request,
    Result, property,
};

#[derive(Default)]
struct Picky {
    settings: Properties,
}

impl Picky {
    fn list(&self, key: &str) -> Vec<&str> {
        property(&self.settings, key).map(|text| text.split(',').collect()).unwrap_or_default()
    }
}

impl Fault for Picky {
    const NAME: &'static str = "picky";

    fn initialize(&mut self, settings: Properties) -> Result<()> {
        self.settings = settings;
        Ok(())
    }

    fn devices(&self, honest: Device) -> Vec<Device> {
        let mut device = honest;
        if property(&self.settings, "gates").is_some() {
            device = device.gates(self.list("gates").into_iter().filter_map(gate));
        }
        if property(&self.settings, "forms").is_some() {
            device = device.forms(self.list("forms").into_iter().filter_map(form));
        }
        for feature in self.list("features") {
            device = device.features(match feature {
                "mid-circuit" => DeviceFeatures::MID_CIRCUIT,
                _ => DeviceFeatures::CONDITIONAL,
            });
        }
        if property(&self.settings, "coupling").is_some() {
            let pair = |text: &str| {
                let (one, other) = text.split_once('-')?;
                Some((one.parse().ok()?, other.parse().ok()?))
            };
            let pairs: Vec<_> = self.list("coupling").into_iter().filter_map(pair).collect();
            device = device.coupling(pairs);
        }
        vec![device]
    }

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let (form, got, width) = match &request.circuit {
            Circuit::Gates(gates) => {
                let steps: Vec<String> =
                    gates.steps.iter().map(|step| format!("{:?}", step.operation)).collect();
                ("gates", steps.join("; "), gates.output_bits as usize)
            }
            Circuit::Qasm3(text) => ("qasm3", text.clone(), 2),
            Circuit::AqoJson(bytes) => ("aqo-json", String::from_utf8_lossy(bytes).into_owned(), 2),
            Circuit::Native(bytes) => ("native", String::from_utf8_lossy(bytes).into_owned(), 2),
        };
        let answer = ExecutionResult::from_counts([("0".repeat(width), request.shots)]);
        Ok(answer.metadata("form", form).metadata("got", got).into())
    }
}

fn gate(name: &str) -> Option<GateName> {
    Some(match name {
        "x" => GateName::X,
        "h" => GateName::H,
        "s" => GateName::S,
        "sx" => GateName::Sx,
        "rx" => GateName::Rx,
        "rz" => GateName::Rz,
        "cx" => GateName::Cx,
        "cz" => GateName::Cz,
        "measure" => GateName::Measure,
        "reset" => GateName::Reset,
        "classical" => GateName::Classical,
        "barrier" => GateName::Barrier,
        _ => return None,
    })
}

fn form(name: &str) -> Option<CircuitForm> {
    Some(match name {
        "gates" => CircuitForm::Gates,
        "qasm3" => CircuitForm::Qasm3,
        "aqo-json" => CircuitForm::AqoJson,
        "native" => CircuitForm::Native,
        _ => return None,
    })
}

fixture::export!(Picky);
