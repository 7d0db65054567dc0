//! https: with a certificate of the server's own, or of whoever runs it. Camera, wake lock and threads
//! are for pages at `https://` addresses only.

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Under which certificate the server speaks https.
#[derive(Debug, Clone)]
pub enum Tls {
    /// One of its own, signed by itself, for the machine's addresses; kept in the folder, where there
    /// is one, so that a browser has to be told only once that it is right.
    Own(Option<PathBuf>),
    /// A chain of certificates and its key, PEM files.
    Files {
        /// The server's certificate first.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// Certificate, key and the names in it, in the folder of [`Tls::Own`].
const FILES: [&str; 3] = ["cert.pem", "key.pem", "names"];

/// For how long a certificate is made, and for how long it is used. Apple's systems take none that is
/// made for more than 825 days.
const VALID: Duration = Duration::from_secs(800 * 24 * 3600);
const USED: Duration = Duration::from_secs(700 * 24 * 3600);

/// What the server needs to speak https under `names`: addresses, or names of the machine.
///
/// # Errors
/// Where files cannot be read or kept, or hold no certificate or no key.
pub(crate) fn config(tls: &Tls, names: &[String]) -> io::Result<Arc<ServerConfig>> {
    let (cert, key) = match tls {
        Tls::Files { cert, key } => (read(cert)?, read(key)?),
        Tls::Own(None) => made(names)?,
        Tls::Own(Some(folder)) => kept(folder, names)?,
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(cert.as_bytes()).collect();
    let chain = chain.map_err(|error| invalid(format!("the certificate: {error}")))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|error| invalid(format!("the certificate's key: {error}")))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| invalid(format!("the certificate and its key: {error}")))?;
    // WebSockets, and `Host` in every request.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}

fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// A new certificate for these names, and its key.
fn made(names: &[String]) -> io::Result<(String, String)> {
    let certificate = || {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "Convoy");
        let now = SystemTime::now();
        // Clocks of phones go wrong.
        params.not_before = (now - Duration::from_secs(24 * 3600)).into();
        params.not_after = (now + VALID).into();
        let key = KeyPair::generate()?;
        Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
    };
    certificate().map_err(|error: rcgen::Error| io::Error::other(error))
}

/// The certificate in `folder`, where it is for these names and not too old, or else a new one.
fn kept(folder: &Path, names: &[String]) -> io::Result<(String, String)> {
    let [cert, key, list] = FILES.map(|file| folder.join(file));
    let wanted = names.join("\n");
    let young = |path: &Path| {
        path.metadata().and_then(|data| data.modified()).is_ok_and(|made| {
            // One of the future is as good as a new one.
            made.elapsed().is_ok_and(|age| age < USED) || made > SystemTime::now()
        })
    };
    if read(&list).is_ok_and(|names| names == wanted)
        && young(&cert)
        && let (Ok(cert), Ok(key)) = (read(&cert), read(&key))
    {
        return Ok((cert, key));
    }
    let new = made(names)?;
    std::fs::create_dir_all(folder)?;
    // The names last: what is unfinished is made anew.
    std::fs::remove_file(&list).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    std::fs::write(&cert, &new.0)?;
    write_secret(&key, &new.1)?;
    std::fs::write(&list, wanted)?;
    Ok(new)
}

/// For the owner's eyes alone.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_certificate_is_kept_until_the_machine_has_another_address() {
        let folder = tempfile::tempdir().unwrap();
        let here = names(&["localhost", "127.0.0.1", "192.168.7.2", "::1"]);
        let first = kept(folder.path(), &here).unwrap();
        assert_eq!(kept(folder.path(), &here).unwrap(), first);
        let moved = kept(folder.path(), &names(&["localhost", "10.0.0.9"])).unwrap();
        assert_ne!(moved.0, first.0);
        assert!(config(&Tls::Own(Some(folder.path().to_owned())), &here).is_ok());
    }

    #[test]
    fn files_that_hold_no_certificate_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.pem");
        let files = || Tls::Files { cert: path.clone(), key: path.clone() };
        assert!(config(&files(), &[]).unwrap_err().to_string().contains("none.pem"));
        std::fs::write(&path, "nothing").unwrap();
        let text = config(&files(), &[]).unwrap_err().to_string();
        assert!(text.contains("certificate"), "{text}");
    }
}
