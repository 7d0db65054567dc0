//! Groups of nodes that exporters write for one operator: each becomes a node of that operator.

use super::constant::Constants;
use super::proto::{AttributeProto, NodeProto};
use std::borrow::Cow;
use std::collections::HashMap;

/// The domain of operators that ONNX has none for.
pub(crate) const OWN_DOMAIN: &str = "convoy";

/// `nodes`, in order, with every known group in the place of its last node.
pub(crate) fn grouped<'a>(
    nodes: &[&'a NodeProto],
    outputs: &[&str],
    constants: &Constants<'_>,
) -> Vec<Cow<'a, NodeProto>> {
    let mut makers = HashMap::new();
    let mut readers: HashMap<&str, usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        makers.extend(node.output.first().map(|output| (output.as_str(), index)));
        for input in &node.input {
            *readers.entry(input).or_default() += 1;
        }
    }
    for output in outputs {
        *readers.entry(output).or_default() += 1;
    }
    let search = Search { nodes, makers, readers, constants };
    let mut gone = vec![false; nodes.len()];
    let mut made: Vec<Cow<'a, NodeProto>> = nodes.iter().map(|node| Cow::Borrowed(*node)).collect();
    for (index, node) in nodes.iter().enumerate() {
        let found = search
            .gated(node)
            .or_else(|| search.divided_swish(node))
            .or_else(|| search.gelu(node))
            .or_else(|| search.shuffle(node));
        let Some(group) = found.filter(|group| group.inner.iter().all(|inner| !gone[*inner]))
        else {
            continue;
        };
        group.inner.iter().for_each(|inner| gone[*inner] = true);
        made[index] = Cow::Owned(NodeProto {
            input: vec![group.input.to_owned()],
            output: node.output.clone(),
            name: node.name.clone(),
            op_type: group.operator.to_owned(),
            attribute: group.attribute,
            domain: group.domain.to_owned(),
        });
    }
    let kept = made.into_iter().zip(gone).filter(|(_, gone)| !gone);
    kept.map(|(node, _)| node).collect()
}

/// What a group of nodes is.
struct Group<'a> {
    operator: &'static str,
    domain: &'static str,
    attribute: Vec<AttributeProto>,
    input: &'a str,
    /// The nodes that go, all but the last.
    inner: Vec<usize>,
}

impl<'a> Group<'a> {
    fn of(operator: &'static str, input: &'a str, inner: Vec<usize>) -> Self {
        Self { operator, domain: "", attribute: Vec::new(), input, inner }
    }
}

fn list(name: &str, ints: Vec<i64>) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints, ..AttributeProto::default() }
}

struct Search<'a, 'c> {
    nodes: &'c [&'a NodeProto],
    makers: HashMap<&'a str, usize>,
    readers: HashMap<&'c str, usize>,
    constants: &'c Constants<'c>,
}

impl<'a> Search<'a, '_> {
    /// The node `operator` that makes `name`, which nobody else reads.
    fn sole(&self, name: &str, operator: &str) -> Option<(usize, &'a NodeProto)> {
        let index = *self.makers.get(name)?;
        let node = self.nodes[index];
        let standard = matches!(node.domain.as_str(), "" | "ai.onnx");
        (self.readers.get(name) == Some(&1) && node.op_type == operator && standard)
            .then_some((index, node))
    }

    /// Both ways to read the two inputs of `node`.
    fn ways(&self, node: &'a NodeProto) -> Vec<[&'a str; 2]> {
        match node.input.as_slice() {
            [a, b] => vec![[a, b], [b, a]],
            _ => Vec::new(),
        }
    }

    /// Where `node` is `operator` of a map and about `value`: the map.
    fn with(&self, node: &'a NodeProto, operator: &str, value: f32) -> Option<&'a str> {
        if node.op_type != operator {
            return None;
        }
        let near = |name: &str| {
            self.constants
                .number(name)
                .is_some_and(|found| (found - value).abs() <= 1e-4 * value.abs())
        };
        // Order matters for a quotient alone.
        let ways = self.ways(node).into_iter().take(if operator == "Div" { 1 } else { 2 });
        ways.into_iter().find(|[_, number]| near(number)).map(|[map, _]| map)
    }

    /// Where `name` is a map times `value` or by its inverse: the map and the node.
    fn scaled(&self, name: &str, value: f32) -> Option<(&'a str, usize)> {
        let (index, node) = self.sole(name, "Mul").or_else(|| self.sole(name, "Div"))?;
        let map = self.with(node, "Mul", value).or_else(|| self.with(node, "Div", 1.0 / value))?;
        Some((map, index))
    }

    /// Where `name` is `min(max(x + 3, 0), 6)`: `x` and the nodes.
    fn six(&self, name: &str) -> Option<(&'a str, Vec<usize>)> {
        let (index, clip) = self.sole(name, "Clip")?;
        let attribute = |wanted: &str| clip.attribute.iter().find(|a| a.name == wanted)?.f;
        let bound = |at: usize, wanted: &str| {
            clip.input.get(at).map_or_else(|| attribute(wanted), |name| self.constants.number(name))
        };
        let (inner, add) = self.sole(clip.input.first()?, "Add")?;
        let six = bound(1, "min") == Some(0.0) && bound(2, "max") == Some(6.0);
        let map = self.with(add, "Add", 3.0)?;
        six.then_some((map, vec![index, inner]))
    }

    /// `x * sigmoid(x)`, `x * hard_sigmoid(x)`, and what opsets before 14 write for the latter.
    fn gated(&self, node: &'a NodeProto) -> Option<Group<'a>> {
        if node.op_type != "Mul" {
            return None;
        }
        self.ways(node).into_iter().find_map(|[map, gate]| {
            let of_map = |inner: &NodeProto| inner.input.first().is_some_and(|input| input == map);
            if let Some((index, _)) = self.sole(gate, "Sigmoid").filter(|(_, node)| of_map(node)) {
                return Some(Group::of("Swish", map, vec![index]));
            }
            if let Some((index, node)) =
                self.sole(gate, "HardSigmoid").filter(|(_, node)| of_map(node))
            {
                let float = |name: &str, default: f32| {
                    let found = node.attribute.iter().find(|attribute| attribute.name == name);
                    found.and_then(|attribute| attribute.f).unwrap_or(default)
                };
                let usual =
                    (float("alpha", 0.2) - 1.0 / 6.0).abs() < 1e-5 && float("beta", 0.5) == 0.5;
                return usual.then(|| Group::of("HardSwish", map, vec![index]));
            }
            let (six, scale) = self.scaled(gate, 1.0 / 6.0)?;
            let (of, mut inner) = self.six(six)?;
            inner.push(scale);
            (of == map).then(|| Group::of("HardSwish", map, inner))
        })
    }

    /// `x * min(max(x + 3, 0), 6) / 6`.
    fn divided_swish(&self, node: &'a NodeProto) -> Option<Group<'a>> {
        let product = self.with(node, "Div", 6.0).or_else(|| self.with(node, "Mul", 1.0 / 6.0))?;
        let (index, product) = self.sole(product, "Mul")?;
        self.ways(product).into_iter().find_map(|[map, gate]| {
            let (of, mut inner) = self.six(gate)?;
            inner.push(index);
            (of == map).then(|| Group::of("HardSwish", map, inner))
        })
    }

    /// Where `name` is `erf(x / sqrt(2)) + 1`: `x` and the nodes.
    fn erf(&self, name: &str) -> Option<(&'a str, Vec<usize>)> {
        let (index, add) = self.sole(name, "Add")?;
        let (erf_index, erf) = self.sole(self.with(add, "Add", 1.0)?, "Erf")?;
        let (map, scale) = self.scaled(erf.input.first()?, std::f32::consts::FRAC_1_SQRT_2)?;
        Some((map, vec![index, erf_index, scale]))
    }

    /// `x * (erf(x / sqrt(2)) + 1) * 0.5`, the half at any place.
    fn gelu(&self, node: &'a NodeProto) -> Option<Group<'a>> {
        if node.op_type != "Mul" {
            return None;
        }
        if let Some(product) = self.with(node, "Mul", 0.5)
            && let Some((index, product)) = self.sole(product, "Mul")
        {
            return self.ways(product).into_iter().find_map(|[map, gate]| {
                let (of, mut inner) = self.erf(gate)?;
                inner.push(index);
                (of == map).then(|| Group::of("Gelu", map, inner))
            });
        }
        self.ways(node).into_iter().find_map(|[half, gate]| {
            if let Some((map, index)) = self.scaled(half, 0.5) {
                let (of, mut inner) = self.erf(gate)?;
                inner.push(index);
                return (of == map).then(|| Group::of("Gelu", map, inner));
            }
            let (gate, index) = self.scaled(gate, 0.5)?;
            let (of, mut inner) = self.erf(gate)?;
            inner.push(index);
            (of == half).then(|| Group::of("Gelu", half, inner))
        })
    }

    /// Channels in two extents, these swapped, and in one again.
    fn shuffle(&self, node: &'a NodeProto) -> Option<Group<'a>> {
        if node.op_type != "Reshape" {
            return None;
        }
        let dims = |node: &NodeProto| {
            let name = node.input.get(1).filter(|name| self.constants.contains(name))?;
            Some(self.constants.integers(name).ok()?.values)
        };
        let (index, swap) = self.sole(node.input.first()?, "Transpose")?;
        let perm = swap.attribute.iter().find(|attribute| attribute.name == "perm")?;
        let (first, apart) = self.sole(swap.input.first()?, "Reshape")?;
        let (apart_dims, whole) = (dims(apart)?, dims(node)?);
        let (&[batch, groups, of_group, rows, cols], &[_, channels, to_rows, to_cols]) =
            (apart_dims.as_slice(), whole.as_slice())
        else {
            return None;
        };
        // Whether these are the extents of the map is seen when those are known.
        let same = |after: i64, before: i64| after == before || after == -1;
        let fits = perm.ints == [0, 2, 1, 3, 4]
            && (-1..=1).contains(&batch)
            && groups > 0
            && of_group > 0
            && same(channels, groups.checked_mul(of_group)?)
            && same(to_rows, rows)
            && same(to_cols, cols);
        fits.then(|| Group {
            operator: "ChannelShuffle",
            domain: OWN_DOMAIN,
            attribute: vec![list("apart", apart_dims), list("whole", whole)],
            input: apart.input.first().map_or("", String::as_str),
            inner: vec![index, first],
        })
    }
}
