import { targetKey } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import { CompactTarget } from "./compact-target.ts"
import type { RecipientPosition } from "../recipients.ts"
import type { CallTarget } from "../target.ts"

/** The targets of a call while its attempt is under way. */
export interface PackedTargets {
  readonly length: number
  /** In their original order. */
  unpack(): readonly CallTarget[]
}

export function packTargets(targets: readonly CallTarget[]): PackedTargets {
  // Packing a few costs more than keeping them.
  return targets.length <= FEW ? { length: targets.length, unpack: () => targets } : new TargetColumns(targets)
}

const FEW = 8

/**
 * In columns: 17 KB for a thousand targets, where as objects they take 100. With fifty calls at WeCom for a fifth of a
 * second each, a million objects would outlive the young generation and fill the memory until a full collection. `npm
 * run bench -- compact`: 0.08 of the memory.
 */
class TargetColumns implements PackedTargets {
  readonly length: number
  /** One for each target, or a single one where all are alike. */
  readonly #kinds: readonly TargetKind[]
  /** One text: nearly all are members, and no userid contains the separator. */
  readonly #ids: string
  readonly #positions: readonly RecipientPosition[]
  readonly #remembered: readonly boolean[]
  /** For targets that several recipients mean, by their index: all positions except the first. */
  readonly #others: ReadonlyMap<number, readonly Other[]>

  constructor(targets: readonly CallTarget[]) {
    this.length = targets.length
    this.#kinds = once(targets.map(({ kind }) => kind))
    this.#ids = targets.map(({ id }) => id).join(SEPARATOR)
    this.#positions = targets.map(({ positions }) => positions[0] ?? 0)
    this.#remembered = once(targets.map(({ remembered }) => remembered[0] === true))
    const others = new Map<number, readonly Other[]>()
    for (const [index, { positions, remembered }] of targets.entries()) {
      if (positions.length === 1) continue
      const rest = positions.slice(1)
      others.set(
        index,
        rest.map((position, other) => ({ position, isRemembered: remembered[other + 1] === true })),
      )
    }
    this.#others = others
  }

  unpack(): readonly CallTarget[] {
    const ids = this.#ids.split(SEPARATOR)
    return this.#positions.map((position, index) => {
      const id = ids[index] ?? ""
      const kind = this.#kinds[index] ?? this.#kinds[0] ?? "user"
      const isRemembered = this.#remembered[index] ?? this.#remembered[0] ?? false
      const target = new CompactTarget(kind, id, targetKey(kind, id), position, isRemembered)
      for (const other of this.#others.get(index) ?? []) target.add(other.position, other.isRemembered)
      return target
    })
  }
}

interface Other {
  readonly position: RecipientPosition
  readonly isRemembered: boolean
}

const SEPARATOR = "|"

function once<T>(values: readonly T[]): readonly T[] {
  return values.every((value) => value === values[0]) ? values.slice(0, 1) : values
}
