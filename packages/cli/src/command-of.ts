import type { Command } from "commander"

/** The command that the words name, or the first word that names none where a command is expected. */
export function commandOf(program: Command, words: readonly string[]): { command: Command; unknown?: string } {
  let command = program
  for (const word of words) {
    if (word.startsWith("-") || command.commands.length === 0) break
    const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word))
    if (next === undefined) return { command, unknown: word }
    command = next
  }
  return { command }
}
