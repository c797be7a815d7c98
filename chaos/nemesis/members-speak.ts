import { setTimeout as sleep } from "node:timers/promises"
import { mustAnswer } from "../lib/http.ts"
import type { Random } from "../lib/random.ts"
import { BOTS, UNOPENED } from "../world.ts"

/** Members write to smart robots, also some who never did before; that begins a conversation. */
export async function membersSpeak(simulatorUrl: string, random: Random, ending: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(random.integer(2000, 6000), undefined, { signal: ending }).catch(() => undefined)
    if (ending.aborted) return
    const { botId: bot, opened } = random.pick(BOTS)
    const userid = random.pick(random.chance(IS_NEW) ? UNOPENED : opened)
    const body = { bot, msgtype: "text", text: { content: "在吗" } }
    await mustAnswer({ url: `${simulatorUrl}/_sim/phones/${userid}/say`, method: "POST", body })
  }
}

const IS_NEW = 0.3
