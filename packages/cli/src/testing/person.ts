import assert from "node:assert/strict"
import type { Questions } from "../init/questions.ts"

/** A person who answers in this order, and stops (Ctrl-C) when there is no answer left. */
export function person(
  answers: readonly string[],
): Questions & { readonly asked: string[]; readonly left: () => number } {
  const left = [...answers]
  const asked: string[] = []
  const take = (message: string): string | undefined => {
    asked.push(message)
    return left.shift()
  }
  const line: Questions["text"] = async ({ message, usual, check }) => {
    const answer = take(message)
    if (answer === undefined) return undefined
    const value = answer === "" ? (usual ?? "") : answer
    assert.equal(check(value), undefined, `${message}: ${value}`)
    return value
  }
  return {
    asked,
    left: () => left.length,
    text: line,
    secret: line,
    async confirm({ message }) {
      const answer = take(message)
      if (answer === undefined) return undefined
      assert.ok(answer === "yes" || answer === "no", `${message}: ${answer}`)
      return answer === "yes"
    },
    async choose({ message, choices }) {
      const answer = take(message)
      if (answer === undefined) return undefined
      const chosen = choices.find(({ choice }) => choice === answer)
      assert.ok(chosen, `${message}: no choice ${answer} among ${choices.map(({ choice }) => choice).join(", ")}`)
      return chosen.choice
    },
  }
}
