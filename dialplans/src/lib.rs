//! Where a number goes: text in, routes out.
//!
//! A plan is one YAML page read top-down: numbering, lists, routes, rules, and the tests that prove it. It loads
//! whole or not at all, with every mistake told at once; then one engine answers live calls, explanations and
//! the plan's own tests.
//!
//! ```
//! use call::Number;
//! use dialplans::{Decision, DialPlan, Query, Surroundings};
//!
//! let text = r#"
//! dialplan: 1
//! numbering: {jp: {country: "81", national: "0", international: "010"}}
//! trunks: {pstn: {send: {called: national}}, carrier: {}}
//! rules:
//!   - {id: national, when: {from: carrier, called: "+81*"}, then: {to: pstn}}
//! tests:
//!   - {name: home, call: {from: carrier, dialled: "0312345678"}, expect: {rule: national, tried: pstn}}
//! "#;
//! let plan = DialPlan::load("plan.yaml", text, &Surroundings::alone()).unwrap();
//! let dialled = Number::parse("0312345678").unwrap();
//! let decision = plan.decide(&Query { from: "carrier", dialled, calling: None, draw: 0 });
//! let Decision::Route { called, attempts, .. } = decision else { panic!("refused") };
//! assert_eq!(called.dialled().to_string(), "+81312345678");
//! assert_eq!(attempts[0].called.digits(), "312345678");
//! assert!(plan.run_tests().passed());
//! ```

mod check;
mod condition;
mod digits;
mod explain;
mod index;
mod load;
mod numbering;
mod pattern;
mod plan;
mod reroute;
mod route;
mod rule;
mod trial;
mod trie;

/// A name in a plan: of a rule, a trunk, a route. Cheap to clone, and outlives a reload.
pub type Name = std::sync::Arc<str>;

pub use explain::{Explanation, Refused, Sent, Step};
pub use load::{KnownTrunk, Surroundings};
pub use numbering::{Form, SendAs};
pub use plan::{Attempt, Decision, DialPlan, Query};
pub use reroute::{Failure, Reroute};
pub use trial::{Coverage, Report, TestResult};
