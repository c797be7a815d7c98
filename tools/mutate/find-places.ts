import { parseAst } from "rolldown/parseAst"

/** A piece of a source file, and its replacement. Offsets as `String.prototype.slice` counts. */
export interface Change {
  readonly file: string
  readonly start: number
  readonly end: number
  readonly becomes: string
  /** Which of the kinds of changes it is, in words. */
  readonly kind: string
  /** The position that a test must run to notice the change; for an operator, that of its left side. */
  readonly runsAt: number
}

/** Everything in a TypeScript file that can be changed, in the order of the file; each result can be parsed. */
export function findPlaces(file: string, source: string): readonly Change[] {
  const finder = new Finder(file, source)
  finder.visit(parse(source), [])
  return finder.changes.filter((change) => canBeParsed(changed(source, change))).toSorted((a, b) => a.start - b.start)
}

/** The source with the change made. */
export function changed(source: string, { start, end, becomes }: Change): string {
  return source.slice(0, start) + becomes + source.slice(end)
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

class Finder {
  readonly changes: Change[] = []
  readonly #file: string
  readonly #source: string

  constructor(file: string, source: string) {
    this.#file = file
    this.#source = source
  }

  /** @param above the nodes that hold it, the nearest first */
  visit(node: Node, above: readonly Node[]): void {
    if (isOfTypes(node) || this.#guardsLog(node)) return
    this.#lookAt(node, above)
    const within = [node, ...above]
    for (const child of childrenOf(node)) this.visit(child, within)
  }

  #lookAt(node: Node, above: readonly Node[]): void {
    switch (node.type) {
      case "BinaryExpression":
        return this.#binary(node)
      case "LogicalExpression":
        return this.#logical(node)
      case "IfStatement":
        this.#negate(node)
        return this.#guard(node)
      case "ConditionalExpression":
        return this.#negate(node)
      case "UnaryExpression":
        if (node["operator"] === "!") this.#put(node, this.#textOf(node["argument"]), "negation taken away")
        return
      case "UpdateExpression":
      case "AssignmentExpression":
        return this.#count(node)
      case "Literal":
        return this.#literal(node, above)
      case "CallExpression":
        return this.#call(node)
      case "ExpressionStatement":
        return this.#statement(node, above)
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#body(node)
      default:
    }
  }

  #binary(node: Node): void {
    const { left, right } = node
    const operator = String(node["operator"])
    const other = OPERATORS.get(operator)
    if (!isNode(left) || !isNode(right) || other === undefined) return
    if (ARITHMETIC.has(operator) && (isText(left) || isText(right))) return
    for (const becomes of other) this.#operator(left, right, operator, becomes)
  }

  #logical(node: Node): void {
    const { left, right } = node
    if (!isNode(left) || !isNode(right)) return
    const operator = String(node["operator"])
    if (operator === "??") this.#put(node, this.#source.slice(right.start, right.end), "what is there not looked at")
    else this.#operator(left, right, operator, operator === "&&" ? "||" : "&&")
  }

  #operator(left: Node, right: Node, operator: string, becomes: string): void {
    const between = this.#source.slice(left.end, right.start)
    const at = between.indexOf(operator)
    if (at === -1) return
    const start = left.end + at
    // Coverage counts `&&` and `||` as part of the right side, which may not run.
    this.#add({ start, end: start + operator.length, becomes, kind: `${operator} for ${becomes}`, runsAt: left.start })
  }

  #negate({ test }: Node): void {
    if (isNode(test)) this.#put(test, `!(${this.#textOf(test)})`, "condition negated")
  }

  #guard(node: Node): void {
    const { consequent } = node
    if (node["alternate"] !== null || !isNode(consequent)) return
    const only = onlyStatement(consequent)
    if (only !== undefined && LEAVES.has(only.type)) this.#put(node, ";", "guard taken away")
  }

  #count(node: Node): void {
    const operator = String(node["operator"])
    const becomes = COUNTING.get(operator)
    const { left, right, argument } = node
    if (becomes === undefined) return
    if (isNode(left) && isNode(right)) return this.#operator(left, right, operator, becomes)
    if (!isNode(argument)) return
    const of = this.#textOf(argument)
    this.#put(node, node["prefix"] === true ? becomes + of : of + becomes, `${operator} for ${becomes}`)
  }

  #literal(node: Node, [parent]: readonly Node[]): void {
    const { value } = node
    if (parent?.["key"] === node) return
    if (typeof value === "boolean") this.#put(node, String(!value), `${value} for ${!value}`)
    else if (typeof value === "number") this.#put(node, otherNumber(value), "another number")
  }

  #call({ callee }: Node): void {
    if (!isNode(callee) || callee.type !== "MemberExpression") return
    const { property } = callee
    if (!isNode(property)) return
    const becomes = METHODS.get(String(property["name"]))
    if (becomes !== undefined) this.#put(property, becomes, `${String(property["name"])} for ${becomes}`)
  }

  /** Conditions around logs are not changed, because logs are not promised. */
  #guardsLog({ type, consequent, alternate }: Node): boolean {
    if (type !== "IfStatement" || alternate !== null || !isNode(consequent)) return false
    return LOG.test(this.#textOf(onlyStatement(consequent)))
  }

  /** Takes a statement away, but not calls of a log, nor assignments in a constructor, whose field is missed where it is used. */
  #statement(node: Node, above: readonly Node[]): void {
    const does = withoutAwait(node["expression"])
    if (does === undefined || !DOES_SOMETHING.has(does.type)) return
    if (LOG.test(this.#textOf(does))) return
    if (does.type === "AssignmentExpression" && above.some((each) => each["kind"] === "constructor")) return
    this.#put(node, ";", "statement taken away")
  }

  #body({ body }: Node): void {
    if (!isNode(body) || body.type !== "BlockStatement" || listOf(body["body"]).length < 2) return
    if (!givesNothingBack(body)) return
    this.#add({
      start: body.start + 1,
      end: body.start + 1,
      becomes: " return;",
      kind: "returns early",
      runsAt: body.start + 1,
    })
  }

  #put({ start, end }: Node, becomes: string, kind: string): void {
    this.#add({ start, end, becomes, kind, runsAt: start })
  }

  #add(change: Omit<Change, "file">): void {
    this.changes.push({ file: this.#file, ...change })
  }

  #textOf(node: unknown): string {
    return isNode(node) ? this.#source.slice(node.start, node.end) : ""
  }
}

/** Calls that write a log line, or name a point for tests. */
const LOG = /^(?:[\w.#]+\.)?(?:#?log\.\w+|point)\(/

/** Changes counts and limits by one; doubles times and sizes. */
function otherNumber(value: number): string {
  if (value >= 1000) return String(value * 2)
  return String(value === 1 ? 0 : value + 1)
}

const OPERATORS: ReadonlyMap<string, readonly string[]> = new Map([
  ["<", ["<=", ">="]],
  ["<=", ["<", ">"]],
  [">", [">=", "<="]],
  [">=", [">", "<"]],
  ["===", ["!=="]],
  ["!==", ["==="]],
  ["+", ["-"]],
  ["-", ["+"]],
  ["*", ["/"]],
  ["/", ["*"]],
  ["%", ["*"]],
])
const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%"])
const COUNTING: ReadonlyMap<string, string> = new Map([
  ["++", "--"],
  ["--", "++"],
  ["+=", "-="],
  ["-=", "+="],
])
const METHODS: ReadonlyMap<string, string> = new Map([
  ["min", "max"],
  ["max", "min"],
  ["some", "every"],
  ["every", "some"],
])
const LEAVES: ReadonlySet<string> = new Set([
  "ReturnStatement",
  "ThrowStatement",
  "ContinueStatement",
  "BreakStatement",
])
const DOES_SOMETHING: ReadonlySet<string> = new Set(["CallExpression", "AssignmentExpression", "UpdateExpression"])
/** Nodes that contain a value and a type. */
const AROUND_A_VALUE: ReadonlySet<string> = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"])

function parse(source: string): Node {
  const tree: unknown = parseAst(source, { lang: "ts" })
  if (!isNode(tree)) throw new Error("the parser gave no tree")
  return tree
}

function canBeParsed(source: string): boolean {
  try {
    parse(source)
    return true
  } catch {
    return false
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value
}

/** Whether the node is removed before anything runs. */
function isOfTypes({ type }: Node): boolean {
  return (type.startsWith("TS") && !AROUND_A_VALUE.has(type)) || type === "ImportDeclaration"
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flatMap(listOf)
}

function listOf(value: unknown): readonly Node[] {
  return (Array.isArray(value) ? value : [value]).filter(isNode)
}

function isText({ type, value }: Node): boolean {
  return type === "TemplateLiteral" || typeof value === "string"
}

function onlyStatement(node: Node): Node | undefined {
  if (node.type !== "BlockStatement") return node
  const statements = listOf(node["body"])
  return statements.length === 1 ? statements[0] : undefined
}

function withoutAwait(node: unknown): Node | undefined {
  if (!isNode(node)) return undefined
  const isAround = node.type === "AwaitExpression" || (node.type === "UnaryExpression" && node["operator"] === "void")
  return isAround ? withoutAwait(node["argument"]) : node
}

function givesNothingBack(node: Node): boolean {
  if (node.type === "ReturnStatement") return node["argument"] === null
  if (node.type.includes("Function") || node.type === "ClassBody") return true
  return childrenOf(node).every(givesNothingBack)
}
