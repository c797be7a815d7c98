import { checkCardUpdate, tolerate } from "@wecom-push/protocol"
import type { CardUpdateContent, CardUpdateTarget } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import type { CardUpdateFlags } from "../flags.ts"
import { payloadFromJson } from "../send/content.ts"
import { readRecipients } from "../send/recipients.ts"
import { say } from "../texts.ts"
import { toldFault } from "../told-fault.ts"

export interface CardChangeRead {
  /** Absent when there is a fault. */
  readonly update: CardUpdateContent | undefined
  /** The members whose card changes; no field for all who got it. */
  readonly to: CardUpdateTarget
  readonly faults: readonly CommandFault[]
  /** Warnings, which do not stop the change. */
  readonly warnings: readonly CommandFault[]
}

/** Reads the new card and the members whose card changes, and reports every fault that can be found without asking WeCom. */
export async function readCardChange(flags: CardUpdateFlags, context: Context): Promise<CardChangeRead> {
  const { language } = context
  const isAnyNamed = [flags.user, flags.department, flags.tag].some((given) => given !== undefined)
  const recipients = await readRecipients(isAnyNamed ? flags : { all: true }, context)
  const to = targetOf(recipients.audience)
  const content = contentOf(flags, context)
  const unfit = [...recipients.faults, ...("faults" in content ? content.faults : [])]
  if ("faults" in content) return { update: undefined, to, faults: unfit, warnings: [] }
  const update: unknown = { ...content.update, ...(flags.enableIdTrans === true ? { enable_id_trans: 1 } : {}) }
  const found = checkCardUpdate({ ...to, ...content.update })
  const faults = flags.strict === false ? found.map(tolerate) : found
  const errors = faults.filter(({ severity }) => severity === "error")
  const warnings = faults.concat(content.warnings).filter(({ severity }) => severity === "warning")
  const all = [...unfit, ...errors.map((fault) => toldFault(fault, language))]
  return {
    update: isUpdate(update, all) ? update : undefined,
    to,
    faults: all,
    warnings: warnings.map((fault) => toldFault(fault, language)),
  }
}

type Audience = Awaited<ReturnType<typeof readRecipients>>["audience"]

function targetOf(audience: Audience): CardUpdateTarget {
  if ("all" in audience) return {}
  const { users = [], departments = [], tags = [] } = audience
  return {
    ...(users.length === 0 ? {} : { userids: users }),
    ...(departments.length === 0 ? {} : { partyids: departments.map(Number) }),
    ...(tags.length === 0 ? {} : { tagids: tags.map(Number) }),
  }
}

type Content =
  | { readonly update: Readonly<Record<string, unknown>>; readonly warnings: Parameters<typeof toldFault>[0][] }
  | { readonly faults: readonly CommandFault[] }

function contentOf({ button, templateCard = [] }: CardUpdateFlags, context: Context): Content {
  const [json, ...more] = templateCard
  if (more.length > 0) return faulty("--template-card", say(context.language, "contentTwice"))
  if ((json === undefined) === (button === undefined)) return faulty("content", say(context.language, "cardContent"))
  if (json === undefined) return { update: { button: { replace_name: button } }, warnings: [] }
  const read = payloadFromJson("--template-card", "template_card", json, context)
  if ("faults" in read) return read
  // The JSON may be the body of a send: its recipients are left out with a warning, and its duplicate check has no
  // meaning here.
  const warnings = (read.found ?? []).filter(({ severity }) => severity === "warning")
  return { update: { ...read.beside, template_card: read.payload }, warnings }
}

function faulty(path: string, message: string): Content {
  return { faults: [{ path, message }] }
}

/** The validator has checked every field, so a value without faults has the shape of a change. */
function isUpdate(update: unknown, faults: readonly CommandFault[]): update is CardUpdateContent {
  return update !== undefined && faults.length === 0
}
