import { parser } from "@prometheus-io/lezer-promql"
import type { SyntaxNode } from "@lezer/common"
import type { Series } from "./timeline.ts"

// Evaluates the part of Prometheus's language that the alert rules use, as Prometheus does, with its own grammar. A rule that
// uses more is refused, and not evaluated wrongly.

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

type Value = number | readonly Sample[]
type Expression = (minute: number) => Value

/** @returns the value of an expression at a minute, over these series */
export function compile(text: string, series: readonly Series[]): (minute: number) => readonly Sample[] {
  const evaluate = new Reader(text, series).read(inner(parser.parse(text).topNode))
  return (minute) => vector(evaluate(minute))
}

/** The names in an expression that none of these series has. */
export function unmatched(text: string, series: readonly Series[]): readonly string[] {
  const reader = new Reader(text, series)
  const without: string[] = []
  parser.parse(text).iterate({
    enter({ name, node, from, to }) {
      if (name === "VectorSelector" && reader.selected(node).length === 0) without.push(text.slice(from, to))
    },
  })
  return without
}

class Reader {
  readonly #text: string
  readonly #series: readonly Series[]

  constructor(text: string, series: readonly Series[]) {
    this.#text = text
    this.#series = series
  }

  read(node: SyntaxNode): Expression {
    switch (node.name) {
      case "NumberDurationLiteral": {
        const number = Number(this.#textOf(node))
        return () => number
      }
      case "VectorSelector": {
        const selected = this.selected(node)
        return (minute) =>
          selected.flatMap(({ labels, values }) => {
            const value = values[minute]
            return value === undefined ? [] : { labels, value }
          })
      }
      case "FunctionCall":
        return this.#call(node)
      case "AggregateExpr":
        return this.#aggregate(node)
      case "BinaryExpr":
        return this.#binary(node)
      default:
        throw this.#unknown(node)
    }
  }

  selected(node: SyntaxNode): readonly Series[] {
    const name = this.#textOf(child(node, "Identifier"))
    const matchers = (node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []).map((matcher) => {
      const label = this.#textOf(child(matcher, "LabelName"))
      const wanted = JSON.parse(this.#textOf(child(matcher, "StringLiteral"))) as string
      const operator = this.#textOf(child(matcher, "MatchOp"))
      const pattern = operator.endsWith("~") ? new RegExp(`^(?:${wanted})$`) : undefined
      return ({ labels }: Series): boolean => {
        const value = labels[label] ?? ""
        return (pattern?.test(value) ?? value === wanted) === operator.startsWith("=")
      }
    })
    return this.#series.filter((each) => each.name === name && matchers.every((matches) => matches(each)))
  }

  #call(node: SyntaxNode): Expression {
    const name = this.#textOf(child(node, "FunctionIdentifier"))
    const over = OVER_TIME[name]
    const matrix = inner(child(node, "FunctionCallBody"))
    if (over === undefined || matrix.name !== "MatrixSelector") throw this.#unknown(node)
    const selected = this.selected(child(matrix, "VectorSelector"))
    const range = minutesOf(this.#textOf(child(matrix, "DurationExpr")))
    return (minute) =>
      selected.flatMap(({ labels, values }) => {
        const points = values
          .map((value, at) => ({ at, value }))
          .filter(
            (point): point is Point => point.value !== undefined && point.at > minute - range && point.at <= minute,
          )
        const value = over(points, { from: minute - range, to: minute })
        return value === undefined ? [] : { labels, value }
      })
  }

  #aggregate(node: SyntaxNode): Expression {
    const aggregate = AGGREGATES[this.#textOf(child(node, "AggregateOp"))]
    const modifier = child(node, "AggregateModifier")
    if (aggregate === undefined || modifier.getChild("By") === null) throw this.#unknown(node)
    const by = child(modifier, "GroupingLabels")
      .getChildren("LabelName")
      .map((label) => this.#textOf(label))
    const evaluate = this.read(inner(child(node, "FunctionCallBody")))
    return (minute) => {
      const grouped = vector(evaluate(minute)).map((sample) => ({ ...sample, labels: those(by, sample.labels) }))
      const groups = Map.groupBy(grouped, ({ labels }) => JSON.stringify(labels))
      return [...groups.values()].map((group) => ({
        labels: group[0]?.labels ?? {},
        value: group.map(({ value }) => value).reduce(aggregate),
      }))
    }
  }

  #binary(node: SyntaxNode): Expression {
    const { firstChild: left, lastChild: right } = node
    const operator = left?.nextSibling
    if (!left || !right || !operator || operator.nextSibling?.from !== right.from) throw this.#unknown(node)
    const symbol = this.#textOf(operator)
    const [one, other] = [this.read(left), this.read(right)]
    const holds = COMPARISONS[symbol]
    if (holds !== undefined) {
      return (minute) => {
        const bounds = other(minute)
        return vector(one(minute)).filter((sample) => {
          const bound = typeof bounds === "number" ? bounds : partnerOf(sample, bounds)
          return bound !== undefined && holds(sample.value, bound)
        })
      }
    }
    if (symbol !== "*") throw this.#unknown(operator)
    return (minute) => {
      const factor = one(minute)
      if (typeof factor !== "number") throw this.#unknown(left)
      return vector(other(minute)).map(({ labels, value }) => ({ labels, value: factor * value }))
    }
  }

  #textOf({ from, to }: SyntaxNode): string {
    return this.#text.slice(from, to)
  }

  #unknown(node: SyntaxNode): Error {
    return new Error(`cannot evaluate ${node.name}: ${this.#textOf(node)}`)
  }
}

interface Point {
  /** In minutes. */
  readonly at: number
  readonly value: number
}

interface Range {
  readonly from: number
  readonly to: number
}

const OVER_TIME: Readonly<Record<string, (points: readonly Point[], range: Range) => number | undefined>> = {
  max_over_time: (points) => (points.length === 0 ? undefined : Math.max(...points.map(({ value }) => value))),
  increase,
  rate: (points, range) => {
    const whole = increase(points, range)
    return whole === undefined ? undefined : whole / ((range.to - range.from) * 60)
  },
}

/** The increase, extrapolated to the ends of the range if a sample is near enough, and never below 0, as in Prometheus. */
function increase(points: readonly Point[], { from, to }: Range): number | undefined {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || points.length < 2) return undefined
  let rise = 0
  for (const [index, { value }] of points.entries()) {
    const before = points[index - 1]?.value ?? value
    // After a restart a counter begins at 0.
    rise += value < before ? value : value - before
  }
  const sampled = last.at - first.at
  const between = sampled / (points.length - 1)
  const near = (minutes: number): number => (minutes >= between * 1.1 ? between / 2 : minutes)
  const toZero = rise > 0 ? sampled * (first.value / rise) : Infinity
  return rise * ((sampled + Math.min(near(first.at - from), toZero) + near(to - last.at)) / sampled)
}

const AGGREGATES: Readonly<Record<string, (one: number, other: number) => number>> = {
  max: (one, other) => Math.max(one, other),
  sum: (one, other) => one + other,
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  ">": (one, other) => one > other,
  "<": (one, other) => one < other,
  "==": (one, other) => one === other,
}

/** The sample of the other vector with the same labels, with which this one is compared. */
function partnerOf({ labels }: Sample, others: readonly Sample[]): number | undefined {
  const names = Object.keys(labels)
  return others.find(
    (other) =>
      Object.keys(other.labels).length === names.length && names.every((name) => other.labels[name] === labels[name]),
  )?.value
}

/** Those labels of a sample that are named, in that order. */
function those(names: readonly string[], labels: Sample["labels"]): Sample["labels"] {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = labels[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function vector(value: Value): readonly Sample[] {
  if (typeof value === "number") throw new Error("a number where samples are expected")
  return value
}

function minutesOf(duration: string): number {
  const [, amount = "", unit = ""] = /^(\d+)(m|h)$/.exec(duration) ?? []
  if (unit === "") throw new Error(`cannot read the duration ${duration}`)
  return Number(amount) * (unit === "h" ? 60 : 1)
}

function child(node: SyntaxNode, name: string): SyntaxNode {
  const found = node.getChild(name)
  if (found === null) throw new Error(`${node.name} without ${name}`)
  return found
}

/** The node between brackets, and the one at the top. */
function inner(node: SyntaxNode): SyntaxNode {
  const [only, another] = [node.firstChild, node.firstChild?.nextSibling]
  if (!only || another) throw new Error(`${node.name} of other than one part`)
  return only
}
