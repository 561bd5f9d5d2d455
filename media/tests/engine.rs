//! The media engine in virtual time: commands, packets and time in; packets and events out.

#[path = "engine/bearers.rs"]
mod bearers;
#[path = "engine/lab.rs"]
mod lab;
#[path = "engine/prompts.rs"]
mod prompts;
#[path = "engine/relay.rs"]
mod relay;
#[path = "engine/sources.rs"]
mod sources;
#[path = "engine/upkeep.rs"]
mod upkeep;
