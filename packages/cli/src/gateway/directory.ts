import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Directory } from "../contacts/directory.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { DirectoryFlags } from "../flags.ts"
import { Progress } from "../send/progress.ts"
import { appNamed } from "./app-named.ts"
import { clientFor } from "./client-for.ts"
import type { GatewayClient } from "./client.ts"
import type { Fields } from "./fields.ts"
import { pause } from "./pause.ts"
import { say } from "./texts.ts"

interface Asked {
  readonly flags: DirectoryFlags
  readonly read: SettingsRead
  readonly faults: readonly CommandFault[]
}

/** The departments, members and tags that an app sees, as a gateway has read them. */
export async function withDirectoryOfGateway(
  { flags, read, faults }: Asked,
  context: Context,
  work: (directory: Directory) => Promise<void>,
): Outcome {
  using client = await clientFor(read, faults, context)
  const app = await appNamed(client, flags.app, context)
  await work(directoryOf(client, { app, isFresh: flags.fresh === true }, context))
  return exitCode.ok
}

interface Wanted {
  readonly app: string
  readonly isFresh: boolean
}

function directoryOf(client: GatewayClient, { app, isFresh }: Wanted, context: Context): Directory {
  const all = <T>(what: string, query: Query, item: (fields: Fields) => T, onPage?: (fields: Fields) => void) =>
    readAll(client, { path: `/v1/apps/${encodeURIComponent(app)}/${what}`, query, isFresh, onPage }, item, context)
  return {
    departments: () =>
      all("departments", {}, (fields) => ({
        id: fields.number("id"),
        ...nameIn(fields),
        parentId: fields.number("parent_id"),
        order: fields.number("order"),
      })),
    members: ({ department, find }) =>
      all("members", { department, q: find, limit: PAGE }, (fields) => ({
        ...memberIn(fields),
        departments: fields.numbers("departments"),
      })),
    tags: () => all("tags", {}, (fields) => ({ id: fields.number("id"), name: fields.text("name") })),
    async tag(id) {
      let about: { name: string; departments: readonly number[] } = { name: "", departments: [] }
      const tagged = await all(`tags/${id}`, { limit: PAGE }, memberIn, (fields) => {
        about = { name: fields.textOrNull("name") ?? "", departments: fields.numbers("departments") }
      })
      return { id, ...about, members: tagged }
    },
  }
}

const PAGE = 1000
/** The app is a part of the path. */
const FLAGS = { name: "--app" }

type Query = Readonly<Record<string, string | number | undefined>>

function memberIn(fields: Fields): { readonly userid: string; readonly name?: string } {
  return { userid: fields.text("userid"), ...nameIn(fields) }
}

function nameIn(fields: Fields): { readonly name?: string } {
  const name = fields.textOrNull("name")
  return name === null ? {} : { name }
}

interface Place {
  readonly path: string
  readonly query: Query
  readonly isFresh: boolean
  /** Called for the fields beside the items. */
  readonly onPage: ((fields: Fields) => void) | undefined
}

/** Reads page by page; while the gateway is still reading from WeCom, the page is asked for again. */
async function readAll<T>(
  client: GatewayClient,
  { path, query, isFresh, onPage }: Place,
  item: (fields: Fields) => T,
  context: Context,
): Promise<readonly T[]> {
  const items: T[] = []
  let cursor: string | undefined
  let fresh = isFresh
  const progress = new Progress(context)
  try {
    for (;;) {
      const page = await client.ask(
        { path, query: { ...query, cursor, ...(fresh && { fresh: "true" }) }, flags: FLAGS },
        (fields) => {
          onPage?.(fields)
          return {
            items: fields.list("items", item),
            next: fields.textOrNull("next_cursor") ?? undefined,
            directory: readState(fields.object("directory")),
          }
        },
      )
      fresh = false
      const { state, done, total } = page.directory
      if (state === "reading") {
        progress.update({ stage: "look_up", done, total })
        await pause(AGAIN_MS, context)
        continue
      }
      if (state === "failed" && cursor === undefined) context.output.warn(say(context.language, "directoryOld"))
      items.push(...page.items)
      if (page.next === undefined) return items
      cursor = page.next
    }
  } finally {
    progress.end()
  }
}

/** Short, because the gateway itself waits some seconds before it answers that it is still reading. */
const AGAIN_MS = 200

function readState(fields: Fields) {
  const done = fields.numberOrNull("departments_read") ?? 0
  return { state: fields.text("state"), done, total: fields.numberOrNull("departments") ?? done }
}
