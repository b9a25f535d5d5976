//! Export profiles: a mapping that is taken shapes any document. Input: the mapping on a line, then the document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thidua_domain::exchange::export_profiles::Mapping;
use thidua_domain::exchange::export_profiles::shaping::shape;

fuzz_target!(|input: &str| {
    let Some((mapping, report)) = input.split_once('\n') else { return };
    let Ok(mapping) = serde_json::from_str::<Mapping>(mapping) else { return };
    let Ok(report) = serde_json::from_str(report) else { return };
    if mapping.check().is_ok() {
        let shaped = serde_json::to_string(&shape(&mapping, &report));
        assert!(shaped.is_ok());
    }
});
