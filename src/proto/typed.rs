//! Typed messages: what the generated conversions between structs and messages call.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Plan, encode};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::input::{self, Violations};
use crate::resource::Resource;

/// The message of a resource: all fields, also those that an answer leaves out.
pub fn to_message<R: Resource, M: prost::Message + Default>(resource: R) -> Result<M> {
    let plan = plan(R::DESCRIPTOR)?;
    let mut out = Vec::new();
    encode::message(&mut out, &plan, plan.root(), &resource.into_row(), true);
    M::decode(out.as_slice())
        .map_err(|error| Error::internal(format!("{} as a message: {error}", R::DESCRIPTOR.name)))
}

/// The resource of a message. A field that is neither there nor optional is a violation.
pub fn from_message<R: Resource, M: prost::Message>(message: &M) -> Result<R> {
    let plan = plan(R::DESCRIPTOR)?;
    let mut violations = Violations::default();
    let input = plan.complete(&message.encode_to_vec(), &mut violations);
    violations.check()?;
    R::from_row(input::into_cells(input.unwrap_or_default()))
}

/// The plan of a resource, linked when it is first used.
fn plan(descriptor: &'static Descriptor) -> Result<Arc<Plan>> {
    static PLANS: RwLock<Option<HashMap<usize, Arc<Plan>>>> = RwLock::new(None);
    let key = std::ptr::from_ref(descriptor).addr();
    let plans = PLANS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(plan) = plans.as_ref().and_then(|plans| plans.get(&key)) {
        return Ok(Arc::clone(plan));
    }
    drop(plans);
    let plan = Plan::link(descriptor).map_err(Error::internal)?.ok_or_else(|| {
        let name = descriptor.full_name();
        Error::internal(format!(
            "{name} has no contract: its package needs a build.rs that calls fourfold_codegen::build"
        ))
    })?;
    let plan = Arc::new(plan);
    let mut plans = PLANS.write().unwrap_or_else(PoisonError::into_inner);
    plans.get_or_insert_default().insert(key, Arc::clone(&plan));
    Ok(plan)
}
