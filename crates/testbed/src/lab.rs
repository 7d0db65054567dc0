//! The cluster's network: a namespace for each device and one for the switch, in which the server
//! runs.
//!
//! ```text
//!  NAME-1                NAME-switch                        NAME-2
//!  eth0 10.77.0.11 ───── d1 ┐                      ┌ d2 ───── eth0 10.77.0.12
//!      tbf (up)     tbf (down) ├── br0 10.77.0.1 ──┤                 ...
//!                                convoy serve
//! ```
//!
//! With a line for each device, whatever it sends is shaped as it leaves its namespace and whatever it
//! gets as it leaves the switch, each at the line's rate. On a shared medium none of that is: every
//! packet that comes to the switch from a device, and every one that the server sends, goes through one
//! queue (an `ifb` device with one `tbf`) before the bridge sees it, so each byte takes its time on the
//! medium once, whoever sends it to whom.
//!
//! Nothing is connected to the machine's own network. The devices have a default route to the switch,
//! which forwards nothing: WebRTC offers a page's address only where there is such a route.

use crate::name::Name;
use crate::tool::{self, ToolError};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::os::fd::AsFd;

/// The switch's address, where the server listens.
pub const SERVER: &str = "10.77.0.1";

/// What lies between the devices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wiring {
    /// Mbit/s (10^6 bit), of the medium or of each line in each direction.
    pub mbit: f64,
    /// Whether all share one medium.
    pub shared: bool,
    /// Milliseconds of traffic that wait at most before a shaper, which drops what is more.
    pub queue_ms: u32,
}

impl Wiring {
    /// The arguments of `tc qdisc`. A bucket of 4 ms of traffic, or what a kernel's packet can be at
    /// most, so that timer ticks do not lower the rate.
    fn shaper(&self) -> String {
        let burst = (self.mbit * 1e6 / 8.0 * 0.004).max(16_000.0) as u64;
        let rate = (self.mbit * 1e6) as u64;
        format!("tbf rate {rate}bit burst {burst}b latency {}ms", self.queue_ms)
    }
}

/// Namespaces that stand; taken down when dropped.
#[derive(Debug)]
pub struct Lab {
    name: Name,
}

impl Lab {
    /// Builds the network of so many devices under this name.
    ///
    /// # Errors
    /// Where the kernel or `ip` or `tc` say no; what was built is taken down again.
    pub fn build(name: Name, devices: usize, wiring: &Wiring) -> Result<Self, ToolError> {
        let lab = Self { name };
        let switch = lab.name.switch();
        let ip = |arguments: &str| tool::make("ip", arguments);
        let tc = |arguments: &str| tool::make("tc", arguments);
        ip(&format!("netns add {switch}"))?;
        ip(&format!("-n {switch} link set lo up"))?;
        ip(&format!("-n {switch} link add br0 type bridge"))?;
        ip(&format!("-n {switch} addr add {SERVER}/16 dev br0"))?;
        ip(&format!("-n {switch} link set br0 up"))?;
        if wiring.shared {
            ip(&format!("-n {switch} link add ifb0 type ifb"))?;
            ip(&format!("-n {switch} link set ifb0 up"))?;
            tc(&format!("-n {switch} qdisc add dev ifb0 root {}", wiring.shaper()))?;
            tc(&format!("-n {switch} qdisc add dev br0 clsact"))?;
            tc(&to_medium(&switch, "br0", "egress"))?;
        }
        for device in 1..=devices {
            let own = lab.name.device(device);
            ip(&format!("netns add {own}"))?;
            ip(&format!("-n {switch} link add d{device} type veth peer name eth0 netns {own}"))?;
            ip(&format!("-n {own} link set lo up"))?;
            ip(&format!("-n {own} addr add {}/16 dev eth0", address(device)))?;
            if wiring.shared {
                tc(&format!("-n {switch} qdisc add dev d{device} clsact"))?;
                tc(&to_medium(&switch, &format!("d{device}"), "ingress"))?;
            } else {
                tc(&format!("-n {switch} qdisc add dev d{device} root {}", wiring.shaper()))?;
                tc(&format!("-n {own} qdisc add dev eth0 root {}", wiring.shaper()))?;
            }
            ip(&format!("-n {switch} link set d{device} master br0 up"))?;
            ip(&format!("-n {own} link set eth0 up"))?;
            ip(&format!("-n {own} route add default via {SERVER}"))?;
        }
        Ok(lab)
    }

    /// Moves the calling thread, and whatever it starts, into the switch's namespace.
    ///
    /// # Errors
    /// Where the namespace cannot be entered.
    pub fn enter(&self) -> std::io::Result<()> {
        let file = File::open(format!("/run/netns/{}", self.name.switch()))?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(())
    }

    /// The name of everything.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.name.take_down();
    }
}

/// The address of a device, from 1.
fn address(device: usize) -> String {
    format!("10.77.{}.{}", 1 + device / 200, 1 + device % 200)
}

/// Sends all that comes or goes there through the medium.
fn to_medium(switch: &str, interface: &str, direction: &str) -> String {
    format!(
        "-n {switch} filter add dev {interface} {direction} protocol all prio 1 u32 match u32 0 0 \
         action mirred egress redirect dev ifb0"
    )
}
