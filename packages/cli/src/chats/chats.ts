import type { ChatInfo, WeCom } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import { configurationError, configure } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import { connect } from "../connect.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { AccessFlags, ChatFlags } from "../flags.ts"
import { splitList } from "../gateway/split-list.ts"
import { say } from "../texts.ts"

/** Makes a group chat. Its chatid alone is on stdout, so that a script can take it. */
export async function createChat(flags: ChatFlags, context: Context): Outcome {
  const { output, language } = context
  const userlist = splitList(flags.user ?? [])
  const faults: CommandFault[] = []
  if (userlist.length < 2) faults.push({ path: "--user", message: say(language, "chatMembers") })
  return withWeCom(flags, faults, context, async (wecom, signal) => {
    const { chatid: wanted, name, owner } = flags
    const chat = {
      ...(wanted === undefined ? {} : { chatid: wanted }),
      ...(name === undefined ? {} : { name }),
      ...(owner === undefined ? {} : { owner }),
      userlist,
    }
    const chatid = await wecom.chats.create(chat, { signal })
    if (output.json) output.data(JSON.stringify({ ok: true, chatid, error: null }))
    else {
      output.note(say(language, "chatMade"))
      output.data(chatid)
    }
  })
}

export async function getChat(chatid: string, flags: AccessFlags, context: Context): Outcome {
  return withWeCom(flags, [], context, async (wecom, signal) => {
    tellChat(await wecom.chats.get(chatid.trim(), { signal }), context)
  })
}

export async function updateChat(given: string, flags: ChatFlags, context: Context): Outcome {
  const { language } = context
  const { name, owner } = flags
  const [added, removed] = [splitList(flags.add ?? []), splitList(flags.remove ?? [])]
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    ...(added.length === 0 ? {} : { add_user_list: added }),
    ...(removed.length === 0 ? {} : { del_user_list: removed }),
  }
  const faults: CommandFault[] = []
  if (Object.keys(change).length === 0) faults.push({ path: "--name", message: say(language, "chatNoChange") })
  return withWeCom(flags, faults, context, async (wecom, signal) => {
    const chatid = given.trim()
    await wecom.chats.update(chatid, change, { signal })
    tellChat(await wecom.chats.get(chatid, { signal }), context)
  })
}

function tellChat(chat: ChatInfo, { output, language }: Context): void {
  if (output.json) {
    output.data(JSON.stringify({ ok: true, chat, error: null }))
    return
  }
  const { chatid, name, owner, userlist } = chat
  output.data(output.paintData("bold", `${chatid}  ${name}`))
  output.data(say(language, "chatOwnerIs", { owner }))
  output.data(say(language, "chatMembersAre", { count: userlist.length, userids: userlist.join(", ") }))
}

async function withWeCom(
  flags: AccessFlags,
  faults: readonly CommandFault[],
  context: Context,
  work: (wecom: WeCom, signal: AbortSignal) => Promise<void>,
): Outcome {
  const configured = await configure(await readSettings(flags, context), context)
  const { configuration } = configured
  if (faults.length > 0 || configuration === undefined) throw configurationError(configured, faults, context.language)
  await using connection = connect(configuration, context)
  await work(connection.wecom, context.io.interruption())
  return exitCode.ok
}
