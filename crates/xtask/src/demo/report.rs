//! What the demo found, as text and as JSON.

use super::Args;
use super::cluster::Cluster;
use super::measure::{Alone, Shared};
use convoy_model::Answer;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// The demo's findings.
pub(crate) struct Report {
    document: Value,
    /// Whether the shared answer equals the single device's, or how they differ.
    pub(crate) agreement: Result<(), String>,
}

impl Report {
    /// Puts the findings together.
    pub(crate) fn new(
        args: &Args,
        image: &Path,
        paces: &[f64],
        cluster: &Cluster,
        shared: &Shared,
        alone: &Alone,
    ) -> Self {
        let agreement = agreement(&shared.answer, &alone.answer);
        let state = &shared.state;
        let document = json!({
            "model": args.model,
            "scheme": args.scheme,
            "image": image.file_name().map(|name| name.to_string_lossy()),
            "room": cluster.code,
            "paces_gmacs": paces,
            "devices": state["devices"],
            "plan": state["plan"],
            "links": links(state),
            "predicted": {
                "period": state["plan"]["period"],
                "latency": state["plan"]["latency"],
            },
            // The period of the stream; the latency of a picture that had nothing to wait for.
            "measured": {
                "period": state["measured"]["period"],
                "latency": shared.latency_ms.as_f64().map(|latency| latency / 1e3),
            },
            "counters": state["counters"],
            "answered": shared.answered,
            "answer": shared.answer,
            "single": {
                "device": alone.state["plan"]["stages"][0]["tiles"][0]["name"],
                "predicted": {
                    "period": alone.state["plan"]["period"],
                    "latency": alone.state["plan"]["latency"],
                },
                "answer": alone.answer,
            },
            "agrees": agreement.is_ok(),
            "difference": agreement.as_ref().err(),
            "closing": shared.closing,
        });
        Self { document, agreement }
    }

    /// The whole document.
    pub(crate) fn json(&self) -> &Value {
        &self.document
    }

    /// The same for people.
    pub(crate) fn text(&self) -> String {
        let document = &self.document;
        let mut text = String::new();
        write_report(&mut text, document).unwrap_or_default();
        text
    }
}

/// Whether two answers of the HTTP API say the same within the tolerance that
/// [`convoy_picture::answer::agrees`] states.
fn agreement(shared: &Value, alone: &Value) -> Result<(), String> {
    let read = |answer: &Value| {
        serde_json::from_value::<Answer>(answer.clone())
            .map_err(|error| format!("an answer cannot be read: {error}"))
    };
    convoy_picture::answer::agrees(&read(shared)?, &read(alone)?)
}

/// Every link once per direction: who sent how much to whom, and how.
fn links(state: &Value) -> Vec<Value> {
    let devices: Vec<&Value> = state["devices"].as_array().into_iter().flatten().collect();
    let name = |id: &Value| {
        let device = devices.iter().find(|device| device["id"] == *id);
        device.map_or(Value::Null, |device| device["name"].clone())
    };
    let mut all = Vec::new();
    for device in &devices {
        for link in device["links"].as_array().into_iter().flatten() {
            all.push(json!({
                "from": device["name"],
                "to": name(&link["peer"]),
                "via": link["via"],
                "bytes": link["sent"],
                "round_trip_ms": link["round_trip_ms"],
                "mbit": link["mbit"],
            }));
        }
    }
    all
}

fn write_report(text: &mut String, document: &Value) -> std::fmt::Result {
    writeln!(text, "\n{} says of {}:", word(&document["model"]), word(&document["image"]))?;
    write_answer(text, &document["answer"])?;

    writeln!(
        text,
        "\nwho computes what (plan {}, {}):",
        document["plan"]["epoch"],
        word(&document["scheme"])
    )?;
    for (index, stage) in array(&document["plan"]["stages"]).iter().enumerate() {
        let layers = array(&stage["layers"]);
        let (first, last) = (layers.first(), layers.last());
        writeln!(
            text,
            "  stage {}: {} .. {} ({} layers)",
            index + 1,
            word(first.unwrap_or(&Value::Null)),
            word(last.unwrap_or(&Value::Null)),
            layers.len()
        )?;
        for tile in array(&stage["tiles"]) {
            let regions = array(&tile["regions"]).iter().map(|region| {
                let [rows, cols] = [&region["rows"], &region["cols"]];
                let node = word(&region["node"]);
                format!("{node} rows {}..{} cols {}..{}", rows[0], rows[1], cols[0], cols[1])
            });
            let regions: Vec<_> = regions.collect();
            let mmacs = tile["macs"].as_f64().unwrap_or_default() / 1e6;
            let name = word(&tile["name"]);
            writeln!(text, "    {name:<12} {mmacs:>9.1} MMAC  {}", regions.join(", "))?;
        }
    }

    writeln!(text, "\nlinks:")?;
    for link in array(&document["links"]) {
        let bytes = link["bytes"].as_f64().unwrap_or_default();
        if bytes > 0.0 {
            let (from, to, via) = (word(&link["from"]), word(&link["to"]), word(&link["via"]));
            writeln!(text, "  {from:<12} -> {to:<12} {:>10.1} kB  {via}", bytes / 1e3)?;
        }
    }

    let single = &document["single"];
    let alone = single["answer"]["latency_ms"].as_f64().map(|latency| latency / 1e3);
    let (predicted, measured) = (&document["predicted"], &document["measured"]);
    writeln!(text, "\n{:<28}{:>12}{:>12}", "", "period", "latency")?;
    let mut row = |name: &str, period: Option<f64>, latency: Option<f64>| {
        writeln!(text, "{name:<28}{:>12}{:>12}", seconds(period), seconds(latency))
    };
    row("together, predicted", predicted["period"].as_f64(), predicted["latency"].as_f64())?;
    row("together, measured", measured["period"].as_f64(), measured["latency"].as_f64())?;
    row(&format!("{} alone, measured", word(&single["device"])), alone, alone)?;

    if let Some(page) = document["closing"]["page"].as_u64() {
        let closing = &document["closing"];
        let (before, after) = (&closing["epoch_before"], &closing["epoch_after"]);
        writeln!(
            text,
            "\npage {page} was closed in the stream: plan {before} became plan {after},"
        )?;
        let counters = &closing["counters"];
        writeln!(
            text,
            "{} pictures sent, {} answered, {} replayed",
            counters["submitted"], counters["answered"], counters["replayed"]
        )?;
    }
    match document["difference"].as_str() {
        None => writeln!(text, "\nthe shared answer equals the single device's"),
        Some(difference) => writeln!(text, "\nthe answers DIFFER: {difference}"),
    }
}

fn write_answer(text: &mut String, answer: &Value) -> std::fmt::Result {
    for label in array(&answer["labels"]) {
        let score = label["score"].as_f64().unwrap_or_default();
        writeln!(text, "  {score:>6.3}  {}", word(&label["label"]))?;
    }
    for found in array(&answer["boxes"]) {
        let number = |key: &str| found[key].as_f64().unwrap_or_default();
        let (score, label) = (number("score"), word(&found["label"]));
        let place = [number("x"), number("y"), number("w"), number("h")].map(f64::round);
        let [x, y, w, h] = place;
        writeln!(text, "  {score:>6.3}  {label:<16} {w} x {h} at {x}, {y}")?;
    }
    if let Some(map) = answer.get("map") {
        writeln!(text, "  a picture of {} x {} (PNG in the JSON)", map["width"], map["height"])?;
    }
    for output in array(&answer["outputs"]) {
        writeln!(
            text,
            "  {} {}: largest {}",
            word(&output["name"]),
            output["shape"],
            output["top"]
        )?;
    }
    Ok(())
}

fn seconds(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.3} s"))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
