//! Reading a message allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use sip::message::{Builder, Capabilities, Frame, FrameLimits, Framer, Name, Reply, parse, validate};

use crate::samples::INVITE;

/// The system's allocator, counting what each thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator cannot be written without; it only counts and passes on")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn parsing_and_validating_an_invite_allocates_nothing() {
    let capabilities = Capabilities::default();
    let count = allocations(|| {
        let message = parse(black_box(INVITE)).unwrap();
        validate(&message, &capabilities).unwrap();
        black_box(&message);
    });
    assert_eq!(count, 0);
    assert!(allocations(|| drop(black_box(vec![1]))) > 0, "the count counts");
}

#[test]
fn up_to_64_headers_are_indexed_in_place_and_more_take_one_allocation() {
    let with = |headers: usize| format!("SIP/2.0 200 OK\r\n{}\r\n", "X: y\r\n".repeat(headers)).into_bytes();
    for (headers, expected) in [(64, 0), (65, 1), (256, 1)] {
        let bytes = with(headers);
        let count = allocations(|| assert_eq!(parse(&bytes).unwrap().headers().count(), headers));
        assert_eq!(count, expected, "{headers} headers");
    }
}

#[test]
fn the_typed_views_of_an_invite_allocate_nothing() {
    let count = allocations(|| {
        let message = parse(black_box(INVITE)).unwrap();
        assert!(message.via().unwrap().key().is_some());
        assert!(
            message.from().unwrap().uri().unwrap().is_equivalent(&message.from().unwrap().uri().unwrap())
        );
        assert!(message.to().unwrap().tag().is_none());
        assert!(message.cseq().is_ok() && message.contact().is_ok() && message.uri().is_some());
        assert!(message.lists(Name::Supported, "100rel"));
        assert!(message.body_of("application/sdp").is_some());
        assert_eq!(message.reasons().count(), 0);
    });
    assert_eq!(count, 0);
}

#[test]
fn framing_a_stream_allocates_nothing() {
    let mut framer = Framer::new(FrameLimits::default());
    let count =
        allocations(|| assert_eq!(framer.next(black_box(INVITE)), Frame::Complete { len: INVITE.len() }));
    assert_eq!(count, 0);
}

#[test]
fn building_into_a_buffer_that_was_used_before_allocates_nothing() {
    let request = parse(INVITE).unwrap();
    let mut out = Vec::new();
    let mut build = || {
        let reply = Reply {
            status: 180,
            phrase: "",
            tag: Some(b"a6c85cf"),
            source: "198.51.100.10:5060".parse().ok(),
        };
        Builder::reply(&mut out, &request, reply)
            .address(Name::Contact, None, b"sip:gateway@203.0.113.5:5060", &[])
            .tokens(Name::Allow, ["INVITE", "ACK", "BYE"])
            .end();
    };
    build();
    assert_eq!(allocations(build), 0);
}
