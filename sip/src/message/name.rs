//! Header names: one list gives the enum, its canonical and compact spellings, and a lookup table built by the compiler.

macro_rules! names {
    ($($variant:ident $canonical:literal $($compact:literal)?;)*) => {
        /// A header field's name; spelling, case and compact form no longer matter.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Name {
            $(#[doc = $canonical] $variant,)*
            /// A name not listed here; its bytes are in the message.
            #[default]
            Other,
        }

        static LISTED: &[(Name, &str)] = &[$((Name::$variant, $canonical),)*];

        /// The spellings of every name, canonical and compact; the order is that of `LISTED`.
        const SPELLINGS: &[(Name, &str)] = &[
            $((Name::$variant, $canonical),)*
            $($((Name::$variant, $compact),)?)*
        ];
    };
}

names! {
    Accept "Accept";
    AcceptContact "Accept-Contact" "a";
    AcceptEncoding "Accept-Encoding";
    AcceptLanguage "Accept-Language";
    AlertInfo "Alert-Info";
    Allow "Allow";
    AllowEvents "Allow-Events" "u";
    AnswerMode "Answer-Mode";
    AuthenticationInfo "Authentication-Info";
    Authorization "Authorization";
    CallId "Call-ID" "i";
    CallInfo "Call-Info";
    Contact "Contact" "m";
    ContentDisposition "Content-Disposition";
    ContentEncoding "Content-Encoding" "e";
    ContentId "Content-ID";
    ContentLanguage "Content-Language";
    ContentLength "Content-Length" "l";
    ContentType "Content-Type" "c";
    CSeq "CSeq";
    Date "Date";
    Diversion "Diversion";
    ErrorInfo "Error-Info";
    Event "Event" "o";
    Expires "Expires";
    FlowTimer "Flow-Timer";
    From "From" "f";
    Geolocation "Geolocation";
    HistoryInfo "History-Info";
    Identity "Identity" "y";
    IdentityInfo "Identity-Info";
    InfoPackage "Info-Package";
    InReplyTo "In-Reply-To";
    Join "Join";
    MaxBreadth "Max-Breadth";
    MaxForwards "Max-Forwards";
    MimeVersion "MIME-Version";
    MinExpires "Min-Expires";
    MinSe "Min-SE";
    Organization "Organization";
    PAccessNetworkInfo "P-Access-Network-Info";
    PAssertedIdentity "P-Asserted-Identity";
    PAssociatedUri "P-Associated-URI";
    Path "Path";
    PCalledPartyId "P-Called-Party-ID";
    PChargingVector "P-Charging-Vector";
    PEarlyMedia "P-Early-Media";
    PPreferredIdentity "P-Preferred-Identity";
    Priority "Priority";
    Privacy "Privacy";
    ProxyAuthenticate "Proxy-Authenticate";
    ProxyAuthorization "Proxy-Authorization";
    ProxyRequire "Proxy-Require";
    RAck "RAck";
    Reason "Reason";
    RecordRoute "Record-Route";
    RecvInfo "Recv-Info";
    ReferredBy "Referred-By" "b";
    ReferSub "Refer-Sub";
    ReferTo "Refer-To" "r";
    RejectContact "Reject-Contact" "j";
    RemotePartyId "Remote-Party-ID";
    Replaces "Replaces";
    ReplyTo "Reply-To";
    RequestDisposition "Request-Disposition" "d";
    Require "Require";
    RetryAfter "Retry-After";
    Route "Route";
    RSeq "RSeq";
    Server "Server";
    ServiceRoute "Service-Route";
    SessionExpires "Session-Expires" "x";
    SessionId "Session-ID";
    SipEtag "SIP-ETag";
    SipIfMatch "SIP-If-Match";
    Subject "Subject" "s";
    SubscriptionState "Subscription-State";
    Supported "Supported" "k";
    Timestamp "Timestamp";
    To "To" "t";
    Unsupported "Unsupported";
    UserAgent "User-Agent";
    UserToUser "User-to-User";
    Via "Via" "v";
    Warning "Warning";
    WwwAuthenticate "WWW-Authenticate";
}

const SLOTS: usize = 512;
const NONE: u8 = u8::MAX;

const fn slot(length: usize, first: u8, last: u8) -> usize {
    (length * 37 + (first | 0x20) as usize * 11 + (last | 0x20) as usize * 3) % SLOTS
}

/// Open addressing over `SPELLINGS`; a name's hash takes its length, first and last letter.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn table() -> [u8; SLOTS] {
    assert!(SPELLINGS.len() < NONE as usize);
    let mut table = [NONE; SLOTS];
    let mut at = 0;
    while at < SPELLINGS.len() {
        let spelling = SPELLINGS[at].1.as_bytes();
        let mut slot = slot(spelling.len(), spelling[0], spelling[spelling.len() - 1]);
        while table[slot] != NONE {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = at as u8;
        at += 1;
    }
    table
}

static TABLE: [u8; SLOTS] = table();

impl Name {
    /// The name spelled by these bytes, in any case, full or compact.
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Name {
        let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
            return Name::Other;
        };
        let mut slot = slot(bytes.len(), first, last);
        while let Some(&at) = TABLE.get(slot)
            && let Some(&(name, spelling)) = SPELLINGS.get(usize::from(at))
        {
            if spelling.as_bytes() == bytes || spelling.as_bytes().eq_ignore_ascii_case(bytes) {
                return name;
            }
            slot = (slot + 1) % SLOTS;
        }
        Name::Other
    }

    /// The canonical spelling; empty for `Other`.
    pub fn as_str(self) -> &'static str {
        LISTED.get(self as usize).map_or("", |(_, spelling)| spelling)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
