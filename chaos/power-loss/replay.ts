import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { Marker } from "../gateway/markers.ts"
import { Random } from "../lib/random.ts"
import { Disk } from "./disk.ts"
import { judgeState } from "./judge-state.ts"
import type { StateVerdict } from "./judge-state.ts"
import type { Recording } from "./workload.ts"

export interface Replay {
  readonly states: number
  readonly counts: Readonly<Record<StateVerdict["kind"], number>>
  /** The first bad state of each kind, with the operation at which the power was cut. */
  readonly examples: readonly (StateVerdict & { readonly operation: number })[]
}

/** Cuts the power at random moments, and judges the state after each. */
export async function replay(
  { operations, databaseFile }: Recording,
  { states, seed, folder }: { readonly states: number; readonly seed: string; readonly folder: string },
): Promise<Replay> {
  const random = new Random(seed).fork("power")
  const cuts = Array.from({ length: states }, () => random.integer(0, operations.length)).toSorted((a, b) => a - b)
  const counts = { well: 0, refused: 0, corrupt: 0, lost: 0 }
  const examples = new Map<StateVerdict["kind"], StateVerdict & { readonly operation: number }>()
  const promises: Marker[] = []
  const disk = new Disk()
  let done = 0
  for (const cut of cuts) {
    for (const operation of operations.slice(done, cut)) {
      disk.apply(operation)
      if (operation.kind === "marker") promises.push(JSON.parse(operation.text) as Marker)
    }
    done = Math.max(done, cut)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const [name, content] of disk.afterPowerLoss(random)) writeFileSync(join(folder, name), content)
    const verdict = await judgeState(join(folder, basename(databaseFile)), promises)
    counts[verdict.kind]++
    if (verdict.kind !== "well" && !examples.has(verdict.kind))
      examples.set(verdict.kind, { ...verdict, operation: cut })
  }
  return { states, counts, examples: [...examples.values()] }
}
