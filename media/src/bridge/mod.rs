//! How endpoints are joined: who hears whom, and streams that are forwarded as they come.

mod flow;
mod joints;

pub(crate) use flow::Flow;
pub(crate) use joints::Joints;
