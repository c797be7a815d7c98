import type { JSX, ReactNode } from "react"
import { copyText } from "../../shell/copy-text.ts"
import { Link } from "../../shell/link.tsx"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import type { CallItem } from "./call-item.ts"
import { curlOf } from "./curl.ts"

/** Request and answer as they went over the wire, secrets masked, and whom the call reached. */
export function CallDetails({
  call,
  tell,
}: {
  readonly call: CallItem
  readonly tell: (text: string) => void
}): JSX.Element {
  const all = usePanelWords()
  const words = all.calls
  const language = usePanelLanguage()
  const command = curlOf(call, location.origin)
  const copy = async (): Promise<void> => {
    try {
      await copyText(command)
      tell(all.copied)
    } catch {
      tell(words.copyFailed)
    }
  }
  const forgottenBytes = call.forgotten_bytes ?? 0
  const isSend = call.shown.length + call.suppressed.length + call.dropped.length > 0
  return (
    <>
      <dl className="facts">
        <Fact name={words.time}>
          <time dateTime={call.at}>{new Date(call.at).toLocaleString(language === "zh" ? "zh-CN" : "en-GB")}</time>
        </Fact>
        {Object.keys(call.query).length > 0 && (
          <Fact name={words.query}>
            <code>
              {Object.entries(call.query)
                .map(([name, value]) => `${name}=${String(value)}`)
                .join(" & ")}
            </code>
          </Fact>
        )}
        {call.fault !== null && (
          <Fact name={words.fault}>
            <code>{call.fault}</code>
          </Fact>
        )}
        {isSend && (
          <Fact name={words.shown}>
            <People userids={call.shown} isLinked />
          </Fact>
        )}
        {call.suppressed.length > 0 && (
          <Fact name={words.suppressed}>
            <People userids={call.suppressed} isLinked={false} />
          </Fact>
        )}
        {call.dropped.length > 0 && (
          <Fact name={words.dropped}>
            <People userids={call.dropped} isLinked={false} />
          </Fact>
        )}
      </dl>
      <div className="two-sides">
        <Content
          title={words.request}
          value={call.body}
          otherwise={forgottenBytes > 0 ? words.forgotten : words.emptyBody}
        />
        <Content
          title={words.response}
          value={call.answer}
          otherwise={forgottenBytes > 0 ? words.forgotten : words.noResponse}
        />
      </div>
      {/* Without the body it would be another call. */}
      {forgottenBytes === 0 && (
        <div className="copy-curl">
          <button type="button" className="button" onClick={() => void copy()}>
            {words.copyCurl}
          </button>
          {/\$(?:ACCESS_TOKEN|CORPSECRET)/.test(command) && <p className="hint">{words.curlHint}</p>}
        </div>
      )}
    </>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const PEOPLE_SHOWN = 20

function People({
  userids,
  isLinked,
}: {
  readonly userids: readonly string[]
  readonly isLinked: boolean
}): JSX.Element {
  const words = usePanelWords().calls
  const language = usePanelLanguage()
  if (userids.length === 0) return <>{words.noOne}</>
  const more = userids.length - PEOPLE_SHOWN
  return (
    <span className="people">
      {userids.slice(0, PEOPLE_SHOWN).map((userid) =>
        isLinked ? (
          <Link key={userid} href={`/?${new URLSearchParams({ user: userid, lang: language }).toString()}`}>
            {userid}
          </Link>
        ) : (
          <span key={userid}>{userid}</span>
        ),
      )}
      {more > 0 && <span>{words.andMore(more)}</span>}
    </span>
  )
}

interface ContentProps {
  readonly title: string
  readonly value: unknown
  readonly otherwise: string
}

function Content({ title, value, otherwise }: ContentProps): JSX.Element {
  return (
    <div className="content">
      <h3>{title}</h3>
      {value === null ? (
        <p className="hint">{otherwise}</p>
      ) : (
        <section aria-label={title}>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>
            <code>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</code>
          </pre>
        </section>
      )}
    </div>
  )
}
