import { useState, type JSX, type SubmitEvent } from "react"
import { useLanguage, useWords } from "../shell/language.ts"
import { readJson } from "../shell/read-json.ts"

interface WriteToBotProps {
  readonly userid: string
  readonly botId: string
  readonly name: string
}

/** What the member writes to a smart robot goes to the robot's program, and opens the conversation for it. */
export function WriteToBot({ userid, botId, name }: WriteToBotProps): JSX.Element {
  const words = useWords()
  const language = useLanguage()
  const [text, setText] = useState("")
  const [result, setResult] = useState("")
  const say = async (): Promise<void> => {
    const path = `/_sim/phones/${encodeURIComponent(userid)}/say`
    const said = { bot: botId, msgtype: "text", text: { content: text } }
    const response = await fetch(path, { method: "POST", body: JSON.stringify(said) })
    const answer = readJson<Answer>(await response.text())
    if (!response.ok) return setResult((language === "zh" ? answer.error_zh : answer.error) ?? words.pressFailed)
    setText("")
    setResult(words.written[answer.state === "delivered" ? "delivered" : "kept"])
  }
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (text !== "") say().catch(() => setResult(words.pressFailed))
  }
  return (
    <form className="write-to-bot" onSubmit={onSubmit}>
      <input
        autoComplete="off"
        aria-label={words.writeTo(name)}
        placeholder={words.writeTo(name)}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit">{words.write}</button>
      <output className="mark">{result}</output>
    </form>
  )
}

interface Answer {
  readonly state?: string
  readonly error?: string
  readonly error_zh?: string
}
