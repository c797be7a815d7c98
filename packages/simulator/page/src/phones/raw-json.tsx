import { useEffect, useState, type JSX } from "react"
import type { TimelineEntry } from "../../../src/phones/feed-events.ts"
import { CopyButton } from "../shell/copy-button.tsx"
import { useWords } from "../shell/language.ts"
import { fetchJson } from "../shell/read-json.ts"

/** A message as it was sent and as it is shown, in the words of `GET /_sim/messages`. */
export function RawJson({ userid, entry }: { readonly userid: string; readonly entry: TimelineEntry }): JSX.Element {
  const words = useWords()
  const [request, setRequest] = useState<unknown>()
  const [hasFailed, setFailed] = useState(false)
  const { turn } = entry
  useEffect(() => {
    const stop = new AbortController()
    const load = async (): Promise<void> => {
      const path = `/_sim/phones/${encodeURIComponent(userid)}/requests/${turn}`
      setRequest(await fetchJson<unknown>(path, { signal: stop.signal }))
    }
    load().catch(() => {
      if (!stop.signal.aborted) setFailed(true)
    })
    return () => stop.abort()
  }, [userid, turn])

  if (hasFailed) return <p className="mark refused">{words.rawFailed}</p>
  const json = request === undefined ? "" : JSON.stringify(rawOf(userid, entry, request), null, 2)
  return (
    <div className="raw-json">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} aria-label={words.rawJson}>
        <code>{json}</code>
      </pre>
      <CopyButton text={json} />
    </div>
  )
}

function rawOf(userid: string, entry: TimelineEntry, request: unknown): object {
  const { conversation, at } = entry
  const from = typeof conversation === "number" ? { agentid: conversation } : { conversation }
  if (entry.kind === "kept_back") return { userid, ...from, at, kept_back: entry.reason, request }
  const { msgid, recalled, updated_at, message: body } = entry
  return { userid, msgid, ...from, at, request, body, updated_at, recalled }
}
