// What may be wrong with one node of the source: each operator breaks it in one way.
import type { Edit } from "./edit.ts";
import { type Node, nodeAt, nodesAt } from "./syntax.ts";

const OTHER_OPERATOR: ReadonlyMap<string, string> = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
  ["==", "!="],
  ["!=", "=="],
  ["+", "-"],
  ["-", "+"],
  ["*", "/"],
  ["/", "*"],
  ["**", "*"],
  ["<<", ">>"],
  ["&", "|"],
  ["|", "&"],
  ["&&", "||"],
  ["||", "&&"],
]);
const OTHER_METHOD: ReadonlyMap<string, string> = new Map([
  ["max", "min"],
  ["min", "max"],
  ["floor", "ceil"],
  ["ceil", "floor"],
  ["some", "every"],
  ["every", "some"],
]);
/** What may be forgotten, so that the receiver stays as it is. */
const FORGOTTEN: ReadonlySet<string> = new Set(["filter", "slice", "toSorted", "toReversed"]);

/** All edits that break a node, one at a time. */
export function breakNode(node: Node, source: string): readonly Edit[] {
  switch (node.type) {
    case "BinaryExpression":
      return flip(node, source);
    case "LogicalExpression":
      return node["operator"] === "??" ? replaceBy(node, "right", source) : flip(node, source);
    case "IfStatement":
    case "ConditionalExpression":
      return force(node, ["true", "false"]);
    case "WhileStatement":
      return force(node, ["false"]);
    case "UnaryExpression":
      return ["!", "-"].includes(String(node["operator"]))
        ? replaceBy(node, "argument", source)
        : [];
    case "Literal":
      return breakLiteral(node);
    case "CallExpression":
      return breakCall(node, source);
    case "ExpressionStatement":
      return [{ start: node.start, end: node.end, text: ";" }];
    case "AssignmentExpression":
      return node["operator"] === "-=" ? between(node, source, "-=", "+=") : [];
    case "ObjectExpression":
      return dropEach(nodesAt(node, "properties"), "...{}");
    case "ArrayExpression":
      return dropEach(nodesAt(node, "elements"), "...[]");
  }
  return [];
}

function flip(node: Node, source: string): readonly Edit[] {
  const operator = String(node["operator"]);
  const other = OTHER_OPERATOR.get(operator);
  return other === undefined ? [] : between(node, source, operator, other);
}

/** Another operator between the operands. */
function between(node: Node, source: string, operator: string, other: string): readonly Edit[] {
  const [left, right] = [nodeAt(node, "left"), nodeAt(node, "right")];
  if (left === null || right === null) return [];
  const isText = [left, right].some((side) => isString(side));
  const start = left.end + source.slice(left.end, right.start).indexOf(operator);
  return isText && other === "-" ? [] : [{ start, end: start + operator.length, text: other }];
}

function isString(node: Node): boolean {
  return node.type === "TemplateLiteral" || typeof node["value"] === "string";
}

/** One of a node's parts in place of the whole. */
function replaceBy(node: Node, field: string, source: string): readonly Edit[] {
  const part = nodeAt(node, field);
  if (part === null) return [];
  const text = `(${source.slice(part.start, part.end)})`;
  return [{ start: node.start, end: node.end, text }];
}

/** Conditions that always or never hold: an early return that is always taken, or never. */
function force(node: Node, values: readonly string[]): readonly Edit[] {
  const test = nodeAt(node, "test");
  return test === null ? [] : values.map((text) => ({ start: test.start, end: test.end, text }));
}

function breakLiteral(node: Node): readonly Edit[] {
  const { start, end } = node;
  const value = node["value"];
  if (typeof value === "boolean") return [{ start, end, text: String(!value) }];
  return typeof value === "number" ? [{ start, end, text: String(value + 1) }] : [];
}

function breakCall(node: Node, source: string): readonly Edit[] {
  const callee = nodeAt(node, "callee");
  if (callee === null) return [];
  const [receiver, method] = [nodeAt(callee, "object"), nodeAt(callee, "property")];
  if (receiver === null || method === null) return [];
  const name = source.slice(method.start, method.end);
  const other = OTHER_METHOD.get(name);
  if (other !== undefined) return [{ start: method.start, end: method.end, text: other }];
  if (!FORGOTTEN.has(name)) return [];
  // The receiver may be in parentheses, which are no part of it.
  const dot = source.lastIndexOf(".", method.start);
  const start = source[dot - 1] === "?" ? dot - 1 : dot;
  return [{ start, end: node.end, text: "" }];
}

/** A copy that lacks one of its changes, or the original. Where nothing is copied each part is needed anyway. */
function dropEach(parts: readonly Node[], nothing: string): readonly Edit[] {
  if (!parts.some(({ type }) => type === "SpreadElement")) return [];
  return parts.map(({ start, end }) => ({ start, end, text: nothing }));
}
