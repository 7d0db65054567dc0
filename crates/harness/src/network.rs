//! A network of its own for one browser, on a machine whose root we are: a namespace joined to this one
//! by a pair of virtual interfaces, in which UDP can be switched off and on.

use crate::HarnessError;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// A network namespace; gone when dropped.
#[derive(Debug)]
pub struct Network {
    /// The namespace's name, and that of the outer interface.
    name: String,
    subnet: u8,
}

impl Network {
    /// Makes the namespace `convoyN`, in which the machine is reached at [`Network::outside`].
    ///
    /// # Errors
    /// Where this is not allowed here, or `ip` is missing.
    pub fn new(number: u8) -> Result<Self, HarnessError> {
        let network = Self { name: format!("convoy{number}"), subnet: number };
        let (name, inner) = (&network.name, format!("convoy{number}i"));
        let (outside, inside) = (network.outside(), network.inside());
        // Left by a process that was killed.
        let _ = ip(&format!("netns delete {name}"));
        ip(&format!("netns add {name}"))?;
        ip(&format!("link add {name} type veth peer name {inner} netns {name}"))?;
        // An address of IPv6 is tried for a second before it counts: that would be a change of the network,
        // for which Chromium gives up the page that it loads.
        ip(&format!("link set {name} addrgenmode none"))?;
        ip(&format!("-n {name} link set {inner} addrgenmode none"))?;
        ip(&format!("address add {outside}/24 dev {name}"))?;
        ip(&format!("link set {name} up"))?;
        ip(&format!("-n {name} address add {inside}/24 dev {inner}"))?;
        ip(&format!("-n {name} link set {inner} up"))?;
        ip(&format!("-n {name} link set lo up"))?;
        // Without a way out Chromium looks for no address of its own.
        ip(&format!("-n {name} route add default via {outside}"))?;
        // As it would for these changes, if it heard of them only then.
        thread::sleep(Duration::from_secs(1));
        Ok(network)
    }

    /// This machine's address, as the namespace reaches it.
    #[must_use]
    pub fn outside(&self) -> String {
        format!("10.87.{}.1", self.subnet)
    }

    fn inside(&self) -> String {
        format!("10.87.{}.2", self.subnet)
    }

    /// Whether the server at `url` can be reached from the namespace: a firewall on this machine may refuse
    /// whatever does not come by loopback.
    #[must_use]
    pub fn reaches(&self, url: &str) -> bool {
        let authority = url.trim_start_matches("http://").trim_end_matches('/');
        let Some((host, port)) = authority.rsplit_once(':') else { return false };
        let mut command = self.wrap(Path::new("timeout"));
        command.args(["10", "bash", "-c", &format!("exec 3<>/dev/tcp/{host}/{port}")]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Lets nothing but TCP out of the namespace, or everything again.
    ///
    /// # Errors
    /// Where `ip` fails.
    pub fn block_udp(&self, block: bool) -> Result<(), HarnessError> {
        let change = if block { "add" } else { "delete" };
        ip(&format!("-n {} rule {change} ipproto udp prohibit", self.name))
    }

    /// What a program is started by to run in the namespace.
    pub(crate) fn wrap(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The pair of interfaces goes with it.
        let _ = ip(&format!("netns delete {}", self.name));
    }
}

fn ip(arguments: &str) -> Result<(), HarnessError> {
    let failed = |cause| HarnessError::Start { program: format!("ip {arguments}"), cause };
    let mut command = Command::new("ip");
    command.args(arguments.split(' ')).stdin(Stdio::null()).stdout(Stdio::null());
    let output = command.output().map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(std::io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())))
}
