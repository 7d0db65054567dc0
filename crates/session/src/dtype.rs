//! As what values travel from port to port.

use convoy_plan::Port;
use convoy_wire::DType;

/// Number format of a slice by where it comes from and goes to.
pub(crate) fn dtype(from: Port, to: Port) -> DType {
    match (from, to) {
        (Port::Source, _) => DType::U8,
        (_, Port::Source) => DType::F32,
        _ => DType::F16,
    }
}
