import { useState, type JSX, type SubmitEvent } from "react"
import { useLanguage, useWords } from "../shell/language.ts"
import { readJson } from "../shell/read-json.ts"

interface WriteToProps {
  readonly userid: string
  /** A smart robot, or an app. */
  readonly to: { readonly bot: string } | { readonly agentid: number }
  readonly name: string
}

/** The events that an app gets, besides messages. */
const EVENTS = ["enter_agent", "subscribe", "unsubscribe", "change_contact"] as const

/** Sends what the member writes to the program of the robot or app; for a robot it also opens the conversation. */
export function WriteTo({ userid, to, name }: WriteToProps): JSX.Element {
  const words = useWords()
  const language = useLanguage()
  const [text, setText] = useState("")
  const [event, setEvent] = useState("")
  const [result, setResult] = useState("")
  const isToApp = "agentid" in to
  const say = async (): Promise<void> => {
    const path = `/_sim/phones/${encodeURIComponent(userid)}/say`
    const what = event === "" ? { msgtype: "text", text: { content: text } } : { msgtype: "event", event }
    const response = await fetch(path, { method: "POST", body: JSON.stringify({ ...to, ...what }) })
    const answer = readJson<Answer>(await response.text())
    if (!response.ok) return setResult((language === "zh" ? answer.error_zh : answer.error) ?? words.pressFailed)
    setText("")
    const state = answer.state ?? ""
    setResult(isToApp ? (words.pressed[state] ?? "") : words.written[state === "delivered" ? "delivered" : "kept"])
  }
  const onSubmit = (submitted: SubmitEvent): void => {
    submitted.preventDefault()
    if (text !== "" || event !== "") say().catch(() => setResult(words.pressFailed))
  }
  return (
    <form className="write-to" onSubmit={onSubmit}>
      {isToApp && (
        <select aria-label={words.whatHappens} value={event} onChange={({ target }) => setEvent(target.value)}>
          <option value="">{words.message}</option>
          {EVENTS.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
      <input
        autoComplete="off"
        aria-label={words.writeTo(name)}
        placeholder={words.writeTo(name)}
        disabled={event !== ""}
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
