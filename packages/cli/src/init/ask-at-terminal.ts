import type { Readable, Writable } from "node:stream"
import { confirm, isCancel, password, select, text, updateSettings } from "@clack/prompts"
import type { Language } from "@wecom-push/protocol"
import { visible } from "../visible.ts"
import type { Questions } from "./questions.ts"
import { say } from "./texts.ts"

// Ctrl-D closes the reader of the keys, after which a question that took no notice would wait for ever.
updateSettings({ aliases: { "\u0004": "cancel" } })

/** Asks on stderr, so that stdout has only the results. */
export function askAtTerminal(
  language: Language,
  input: Readable = process.stdin,
  output: Writable = process.stderr,
): Questions {
  const streams = { input, output }
  return {
    async text({ message, usual, check }) {
      const answer = await text({
        message: visible(message),
        ...(usual !== undefined && { placeholder: usual, defaultValue: usual }),
        validate: (value) => check(value?.trim() === "" || value === undefined ? (usual ?? "") : value.trim()),
        ...streams,
      })
      return isCancel(answer) ? undefined : answer.trim()
    },
    async secret({ message, check }) {
      const answer = await password({
        message: visible(message),
        validate: (value) => check(value?.trim() ?? ""),
        ...streams,
      })
      return isCancel(answer) ? undefined : answer.trim()
    },
    async confirm({ message, words }) {
      const answer = await confirm({
        message: visible(message),
        active: words.yes,
        inactive: words.no,
        initialValue: false,
        ...streams,
      })
      return isCancel(answer) ? undefined : answer
    },
    async choose({ message, choices }) {
      const answer = await select<string>({
        message: `${visible(message)}${say(language, "choiceKeys")}`,
        // They are in English.
        showInstructions: false,
        options: choices.map(({ choice, words }) => ({ value: choice, label: visible(words) })),
        ...streams,
      })
      return choices.find(({ choice }) => choice === answer)?.choice
    },
  }
}
