import type { Department } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import type { DirectoryFlags, MembersFlags } from "../flags.ts"
import { goesThroughGateway, unfitFlags } from "../gateway-flags.ts"
import { say } from "../texts.ts"
import { withWeCom } from "../with-wecom.ts"
import { directoryOf } from "./directory.ts"
import type { Directory } from "./directory.ts"

/** Prints the departments that the app sees, each below its parent. */
export async function departments(flags: DirectoryFlags, context: Context): Outcome {
  return withDirectory(flags, [], context, async (directory) => {
    const found = await directory.departments()
    const items = found.map(({ id, name, parentId, order }) => ({ id, name: name ?? null, parent_id: parentId, order }))
    tell(context, "departments", items, asTree(found))
  })
}

/** Prints the members that the app sees: all, those of one department, or those that match `--find`. */
export async function members(flags: MembersFlags, context: Context): Outcome {
  const faults: CommandFault[] = []
  const department = readId("--department", flags.department, faults, context)
  const find = flags.find?.trim()
  if (find === "") faults.push({ path: "--find", message: say(context.language, "emptyFind") })
  return withDirectory(flags, faults, context, async (directory) => {
    const found = await directory.members({ department, find })
    const items = found.map(({ userid, name, departments: of }) => ({ userid, name: name ?? null, departments: of }))
    const lines = found.map(({ userid, name, departments: of }) => [userid, name ?? "", of.join(",")])
    tell(context, "members", items, lines)
  })
}

/** Prints the tags that the app sees, or the members of one of them. */
export async function tags(given: string | undefined, flags: DirectoryFlags, context: Context): Outcome {
  const faults: CommandFault[] = []
  const id = readId("id", given, faults, context)
  return withDirectory(flags, faults, context, async (directory) => {
    if (id === undefined) {
      const found = await directory.tags()
      const lines = found.map((one) => [String(one.id), one.name])
      tell(context, "tags", found, lines)
      return
    }
    const tag = await directory.tag(id)
    const { output } = context
    if (output.json) output.data(JSON.stringify({ ok: true, tag, error: null }))
    else {
      const lines = tag.members.map(({ userid, name }) => [userid, name ?? ""])
      for (const line of aligned(lines)) output.data(line)
      if (tag.departments.length > 0) {
        output.data(say(context.language, "tagDepartments", { ids: tag.departments.join(", ") }))
      }
    }
  })
}

function readId(
  path: string,
  given: string | undefined,
  faults: CommandFault[],
  { language }: Context,
): number | undefined {
  if (given === undefined) return undefined
  if (/^\d{1,10}$/.test(given.trim()) && Number(given) > 0 && Number(given) < 2 ** 32) return Number(given)
  faults.push({ path, message: say(language, "notAnId", { value: given }) })
  return undefined
}

/** Works with the directory of WeCom, or of a gateway when one is named. */
async function withDirectory(
  flags: DirectoryFlags,
  faults: readonly CommandFault[],
  context: Context,
  work: (directory: Directory) => Promise<void>,
): Outcome {
  const { language } = context
  const read = await readSettings(flags, context)
  const isThrough = goesThroughGateway(flags, read)
  // Answers from WeCom are always fresh, so the flag is allowed there.
  const { fresh: _, ...others } = flags
  const all = [...faults, ...unfitFlags(others, read, language, isThrough)]
  if (isThrough) {
    const { withDirectoryOfGateway } = await import("../gateway/directory.ts")
    return withDirectoryOfGateway({ flags, read, faults: all }, context, work)
  }
  return withWeCom(read, all, context, (wecom, signal) => work(directoryOf(wecom, signal)))
}

function tell(context: Context, name: string, items: readonly object[], lines: readonly (readonly string[])[]): void {
  const { output, language } = context
  if (output.json) output.data(JSON.stringify({ ok: true, [name]: items, error: null }))
  else if (items.length === 0) output.note(say(language, "seesNothing"))
  else for (const line of aligned(lines)) output.data(line)
}

/** Aligns the names after the ids, which are padded to the widest; names may have characters of two columns. */
function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(0, ...lines.map(([id = ""]) => id.length))
  return lines.map(([id = "", ...rest]) => [id.padEnd(width), ...rest].join("  ").trimEnd())
}

/** Departments whose parent the app does not see become roots. */
function asTree(found: readonly Department[]): readonly (readonly string[])[] {
  const known = new Set(found.map(({ id }) => id))
  const below = new Map<number, Department[]>()
  for (const one of found) {
    const parent = known.has(one.parentId) && one.parentId !== one.id ? one.parentId : 0
    below.set(parent, [...(below.get(parent) ?? []), one])
  }
  const lines: (readonly string[])[] = []
  const pending = (below.get(0) ?? []).map((one) => ({ one, depth: 0 })).toReversed()
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { one, depth } = next
    lines.push([String(one.id), "  ".repeat(depth) + (one.name ?? "")])
    for (const child of (below.get(one.id) ?? []).toReversed()) pending.push({ one: child, depth: depth + 1 })
  }
  return lines
}
