import type { ChatInfo } from "@wecom-push/sdk"
import type { Chats } from "../chats/chats-of.ts"
import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ChatFlags } from "../flags.ts"
import { clientFor } from "./client-for.ts"
import type { GatewayClient } from "./client.ts"
import type { Question } from "./client.ts"
import type { Fields } from "./fields.ts"
import { GatewayError } from "./gateway-error.ts"
import { say } from "./texts.ts"

interface Asked {
  readonly flags: ChatFlags
  readonly read: SettingsRead
  readonly faults: readonly CommandFault[]
}

/** The group chats of an app, through a gateway. */
export async function withChatsOfGateway(
  { flags, read, faults }: Asked,
  context: Context,
  work: (chats: Chats) => Promise<void>,
): Outcome {
  using client = await clientFor(read, faults, context)
  await work(chatsOf(client, flags.app, context))
  return exitCode.ok
}

function chatsOf(client: GatewayClient, app: string | undefined, context: Context): Chats {
  const ofChat = (chatid: string, query: Question["query"] = {}) =>
    ({ path: `/v1/chats/${encodeURIComponent(chatid)}`, query: { app, ...query } }) as const
  const read = (fields: Fields): ChatInfo => readChat(fields, context)
  return {
    create: ({ chatid, name, owner, userlist }) => {
      const members = { users: userlist }
      const body = { app, chatid, name, owner: personOf(owner), members }
      return changing(client.ask({ method: "POST", path: "/v1/chats", body }, (fields) => fields.text("chatid")))
    },
    // Fresh from WeCom, as without a gateway.
    get: (chatid) => client.ask(ofChat(chatid, { fresh: "true" }), read),
    update: (chatid, { name, owner, add_user_list: add, del_user_list: remove }) => {
      const body = { name, owner: personOf(owner), add: peopleOf(add), remove: peopleOf(remove) }
      return changing(client.ask({ method: "PATCH", ...ofChat(chatid), body }, read))
    },
  }
}

const personOf = (user: string | undefined) => (user === undefined ? undefined : { user })
const peopleOf = (users: readonly string[] | undefined) => (users === undefined ? undefined : { users })

function readChat(fields: Fields, { output, language }: Context): ChatInfo {
  if (fields.text("state") === "in_doubt") output.warn(say(language, "chatInDoubt"))
  return {
    chatid: fields.text("chatid"),
    name: fields.textOrNull("name") ?? "",
    owner: fields.textOrNull("owner") ?? "",
    userlist: fields.texts("members"),
  }
}

/** When it is unknown whether the change was made, the exit code says so. */
async function changing<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof GatewayError) || !isInDoubt(error)) throw error
    throw error.withExitCode(exitCode.inDoubt)
  }
}

function isInDoubt({ code, exitCode: exit, mayHaveArrived }: GatewayError): boolean {
  return mayHaveArrived && exit === exitCode.notSent && code !== REFUSED_BY_WECOM
}

/** WeCom could not be reached, or is too busy. */
const REFUSED_BY_WECOM = "wecom_failed"
