import { useId, useState, type FormEvent, type JSX } from "react"
import { ask, problemAt, type Problem } from "../control.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { Field } from "../parts/field.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import type { Overview } from "../use-overview.ts"
import { faultOf, FIELDS_OF, KINDS, NEEDED, type EffectField, type FaultEntries } from "./fault-fields.ts"
import { KNOWN_PATHS } from "./known-paths.ts"

interface FaultFormProps {
  readonly overview: Overview
  readonly tell: (text: string) => void
}

const AIM = ["path", "kind", "times", "after", "match"] as const

/** A fault of the user's own. The simulator checks it; its problems are shown at the fields, and nothing is added. */
export function FaultForm({ overview, tell }: FaultFormProps): JSX.Element {
  const words = usePanelWords().faults
  const language = usePanelLanguage()
  const [entries, setEntries] = useState(EMPTY)
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const pathsId = useId()
  const { kind } = entries
  const at = (name: string): string | undefined => problemAt(problems, name, language)

  const change = (changed: Partial<FaultEntries>): void => {
    setEntries({ ...entries, ...changed })
    // A field that is being corrected shows no problem until it is tried again.
    setProblems(problems.filter(({ path }) => !(path in changed)))
  }
  const add = async (): Promise<void> => {
    const { fault, problems } = faultOf(entries)
    const reply = problems.length > 0 ? { problems } : await ask("POST", "/_sim/faults", JSON.stringify(fault))
    setProblems(reply.problems ?? [])
    if (reply.problems !== undefined) return
    tell(words.ownAdded)
    overview.refresh()
  }
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void add()
  }

  return (
    <form className="fault-form sheet" noValidate onSubmit={onSubmit}>
      <div className="fields">
        <Field label={words.path} hint={words.pathHint} problem={at("path")} isNeeded>
          {(attributes) => (
            <>
              <input
                {...attributes}
                list={pathsId}
                autoComplete="off"
                spellCheck={false}
                value={entries.path}
                onChange={({ target }) => change({ path: target.value })}
              />
              <datalist id={pathsId}>
                {KNOWN_PATHS.map((path) => (
                  <option key={path} value={path}>
                    {path}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label={words.kind} hint={words.effects[kind]} problem={at("kind")} className="wide" isNeeded>
          {(attributes) => (
            <select
              {...attributes}
              value={kind}
              onChange={({ target }) => {
                change({ kind: KINDS.find((one) => one === target.value) ?? kind })
                setProblems([])
              }}
            >
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {words.kinds[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TextField name="times" label={words.times} isNumber entries={entries} problem={at("times")} change={change} />
        <TextField name="after" label={words.after} isNumber entries={entries} problem={at("after")} change={change} />
        <TextField
          name="match"
          label={words.match}
          hint={words.matchHint}
          entries={entries}
          problem={at("match")}
          change={change}
        />
        {FIELDS_OF[kind].map((name) => (
          <EffectFieldOf key={name} name={name} entries={entries} problem={at(name)} change={change} />
        ))}
      </div>
      <ProblemNotice problems={problems} shownElsewhere={[...AIM, ...FIELDS_OF[kind]]} />
      <button type="submit" className="button filled">
        {words.add}
      </button>
    </form>
  )
}

const EMPTY: FaultEntries = {
  path: "message/send",
  kind: "errcode",
  times: "1",
  after: "0",
  match: "",
  errcode: "",
  status: "",
  bytes: "",
  delay_ms: "",
  body: "",
  acts: false,
}

interface EntryProps {
  readonly entries: FaultEntries
  readonly problem: string | undefined
  readonly change: (changed: Partial<FaultEntries>) => void
}

interface TextFieldProps extends EntryProps {
  readonly name: Exclude<keyof FaultEntries, "kind" | "acts" | "path">
  readonly label: string
  readonly hint?: string | undefined
  readonly isNumber?: boolean
  readonly isNeeded?: boolean
}

function TextField({
  name,
  label,
  hint,
  entries,
  problem,
  change,
  isNumber = false,
  isNeeded = false,
}: TextFieldProps): JSX.Element {
  return (
    <Field label={label} hint={hint} problem={problem} isNeeded={isNeeded}>
      {(attributes) => (
        <input
          {...attributes}
          inputMode={isNumber ? "numeric" : "text"}
          autoComplete="off"
          spellCheck={false}
          value={entries[name]}
          onChange={({ target }) => change({ [name]: target.value })}
        />
      )}
    </Field>
  )
}

function EffectFieldOf({ name, ...rest }: EntryProps & { readonly name: EffectField }): JSX.Element {
  const words = usePanelWords().faults
  const { entries, problem, change } = rest
  const { kind } = entries
  switch (name) {
    case "acts":
      return (
        <label className="check all-fields">
          <input type="checkbox" checked={entries.acts} onChange={({ target }) => change({ acts: target.checked })} />
          <span>{words.fields.acts}</span>
        </label>
      )
    case "body":
      return (
        <Field
          label={kind === "errcode" ? words.bodyOfErrcode : words.fields.body}
          problem={problem}
          className="all-fields"
        >
          {(attributes) => (
            <textarea
              {...attributes}
              rows={2}
              spellCheck={false}
              value={entries.body}
              onChange={({ target }) => change({ body: target.value })}
            />
          )}
        </Field>
      )
    case "errcode":
    case "status":
    case "bytes":
    case "delay_ms":
      break
  }
  const isHang = kind === "hang_before" || kind === "hang_after"
  const isDelay = name === "delay_ms"
  return (
    <TextField
      {...rest}
      name={name}
      label={isDelay && kind === "drip" ? words.delayOfDrip : words.fields[name]}
      hint={isDelay && isHang ? words.forEver : undefined}
      isNumber
      isNeeded={NEEDED[kind] === name}
    />
  )
}
