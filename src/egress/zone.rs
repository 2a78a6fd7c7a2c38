//! What kind of address a host turned out to be at.
//!
//! Every address belongs to one zone; one that is none of the granted ones is not connected to. Addresses that
//! carry another one in them (RFC 4291 2.5.5.2, RFC 6052, RFC 3056) count as that one, and those that belong to
//! nobody count as no zone at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Zone;

/// The zone of an address; `None` for what nobody should be sent to: unspecified, multicast, broadcast,
/// documentation, benchmarking, reserved and tunnelled addresses (RFC 6890).
pub fn zone(address: IpAddr) -> Option<Zone> {
    match address {
        IpAddr::V4(address) => zone_v4(address),
        IpAddr::V6(address) => zone_v6(address),
    }
}

fn zone_v4(address: Ipv4Addr) -> Option<Zone> {
    let [a, b, c, d] = address.octets();
    Some(match (a, b, c, d) {
        // The metadata services of AWS, Azure, Google and others; of Alibaba; of Oracle.
        (169, 254, 169, 254)
        | (169, 254, 170, 2)
        | (168, 63, 129, 16)
        | (100, 100, 100, 200)
        | (192, 0, 0, 192) => Zone::Metadata,
        (127, ..) => Zone::Loopback,
        (10, ..) | (192, 168, ..) | (172, 16..=31, ..) | (100, 64..=127, ..) => Zone::Private,
        (169, 254, ..) => Zone::LinkLocal,
        (0 | 224.., ..) | (192, 0, 0 | 2, _) | (198, 18 | 19, ..) | (198, 51, 100, _) | (203, 0, 113, _) => {
            return None;
        }
        _ => Zone::Public,
    })
}

fn zone_v6(address: Ipv6Addr) -> Option<Zone> {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        zone_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Zone::Loopback),
        // Mapped, compatible, and translated addresses of the older protocol.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => v4(high, low),
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => Some(Zone::Metadata),
        [0xfc00..=0xfdff, ..] => Some(Zone::Private),
        [0xfe80..=0xfebf, ..] => Some(Zone::LinkLocal),
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => None,
        // Global unicast as far as it is given out (IANA).
        [0x2000..=0x3fff, ..] => Some(Zone::Public),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_address_has_the_zone_that_it_really_leads_to() {
        for (address, expected) in [
            ("93.184.216.34", Some(Zone::Public)),
            ("2606:2800:220:1::1", Some(Zone::Public)),
            ("127.0.0.1", Some(Zone::Loopback)),
            ("127.255.255.254", Some(Zone::Loopback)),
            ("::1", Some(Zone::Loopback)),
            ("::ffff:127.0.0.1", Some(Zone::Loopback)),
            ("::127.0.0.1", Some(Zone::Loopback)),
            ("64:ff9b::7f00:1", Some(Zone::Loopback)),
            ("2002:7f00:1::", Some(Zone::Loopback)),
            ("10.1.2.3", Some(Zone::Private)),
            ("172.16.0.1", Some(Zone::Private)),
            ("172.32.0.1", Some(Zone::Public)),
            ("192.168.1.1", Some(Zone::Private)),
            ("100.64.0.1", Some(Zone::Private)),
            ("fd12:3456::1", Some(Zone::Private)),
            ("169.254.1.1", Some(Zone::LinkLocal)),
            ("fe80::1", Some(Zone::LinkLocal)),
            ("169.254.169.254", Some(Zone::Metadata)),
            ("::ffff:169.254.169.254", Some(Zone::Metadata)),
            ("64:ff9b::a9fe:a9fe", Some(Zone::Metadata)),
            ("fd00:ec2::254", Some(Zone::Metadata)),
            ("100.100.100.200", Some(Zone::Metadata)),
            ("168.63.129.16", Some(Zone::Metadata)),
            ("0.0.0.0", None),
            ("0.1.2.3", None),
            ("::", None),
            ("224.0.0.1", None),
            ("255.255.255.255", None),
            ("240.0.0.1", None),
            ("ff02::1", None),
            ("2001:db8::1", None),
            ("2001::1", None),
            ("198.18.0.1", None),
        ] {
            assert_eq!(zone(address.parse().unwrap()), expected, "{address}");
        }
    }
}
