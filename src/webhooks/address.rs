//! Which addresses a request to somebody outside may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses: where it begins, how many bits it has, and what it is.
type Range<A> = (A, u32, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const fn v6(a: u16, b: u16, c: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

/// What is not public, by the registry of special addresses (IANA, RFC 6890), multicast and what is reserved besides; and
/// one public address at which a cloud tells its machines secrets.
const NOT_PUBLIC_V4: &[Range<Ipv4Addr>] = &[
    (v4(0, 0, 0, 0), 8, "this network"),
    (v4(10, 0, 0, 0), 8, "private"),
    (v4(100, 64, 0, 0), 10, "shared by a carrier's customers"),
    (v4(127, 0, 0, 0), 8, "this machine"),
    (v4(168, 63, 129, 16), 32, "a cloud's metadata"),
    (v4(169, 254, 0, 0), 16, "link-local, where clouds have their metadata"),
    (v4(172, 16, 0, 0), 12, "private"),
    (v4(192, 0, 0, 0), 24, "reserved for protocols"),
    (v4(192, 0, 2, 0), 24, "for documentation"),
    (v4(192, 31, 196, 0), 24, "reserved for protocols"),
    (v4(192, 52, 193, 0), 24, "reserved for protocols"),
    (v4(192, 88, 99, 0), 24, "a relay to IPv6"),
    (v4(192, 168, 0, 0), 16, "private"),
    (v4(192, 175, 48, 0), 24, "reserved for protocols"),
    (v4(198, 18, 0, 0), 15, "for benchmarks"),
    (v4(198, 51, 100, 0), 24, "for documentation"),
    (v4(203, 0, 113, 0), 24, "for documentation"),
    (v4(224, 0, 0, 0), 4, "multicast"),
    (v4(240, 0, 0, 0), 4, "reserved"),
];

/// Of IPv6 only `2000::/3` is given out, and within it these are not.
const GIVEN_OUT: Range<Ipv6Addr> = (v6(0x2000, 0, 0), 3, "public");
const NOT_PUBLIC_V6: &[Range<Ipv6Addr>] = &[
    (v6(0x2001, 0, 0), 23, "reserved for protocols"),
    (v6(0x2001, 0xdb8, 0), 32, "for documentation"),
    (v6(0x2002, 0, 0), 16, "an IPv4 address inside of IPv6"),
    (v6(0x2620, 0x4f, 0x8000), 48, "reserved for protocols"),
    (v6(0x3fff, 0, 0), 20, "for documentation"),
];

/// What machines without IPv4 call those that have nothing else: the last 32 bits are the address that it is about.
const TRANSLATED: Range<Ipv6Addr> = (v6(0x64, 0xff9b, 0), 96, "translated");

/// Of those outside of what is given out, what people know by name.
const KNOWN_V6: &[Range<Ipv6Addr>] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "no address"),
    (Ipv6Addr::LOCALHOST, 128, "this machine"),
    (v6(0xfc00, 0, 0), 7, "private"),
    (v6(0xfe80, 0, 0), 10, "link-local"),
    (v6(0xfec0, 0, 0), 10, "private"),
    (v6(0xff00, 0, 0), 8, "multicast"),
];

/// What an address is, where it is not one that anybody on the internet may have.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V6(address) if holds_v6(&TRANSLATED, address) => {
            let [.., high, low] = address.segments();
            let inside = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            not_public(IpAddr::V4(inside))
        }
        IpAddr::V4(address) => find(NOT_PUBLIC_V4, |range| holds_v4(range, address)),
        IpAddr::V6(address) if holds_v6(&GIVEN_OUT, address) => {
            find(NOT_PUBLIC_V6, |range| holds_v6(range, address))
        }
        IpAddr::V6(address) => Some(find(KNOWN_V6, |range| holds_v6(range, address)).unwrap_or("reserved")),
    }
}

fn find<A>(ranges: &[Range<A>], holds: impl Fn(&Range<A>) -> bool) -> Option<&'static str> {
    ranges.iter().find(|range| holds(range)).map(|(.., what)| *what)
}

fn holds_v4((start, bits, _): &Range<Ipv4Addr>, address: Ipv4Addr) -> bool {
    (start.to_bits() ^ address.to_bits()).leading_zeros() >= *bits
}

fn holds_v6((start, bits, _): &Range<Ipv6Addr>, address: Ipv6Addr) -> bool {
    (start.to_bits() ^ address.to_bits()).leading_zeros() >= *bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_known() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::101:101",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(not_public(address.parse().expect("an address")).is_some(), "{address}");
        }
    }

    #[test]
    fn what_is_public_is_let_through() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "168.63.129.17",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert_eq!(not_public(address.parse().expect("an address")), None, "{address}");
        }
    }
}
