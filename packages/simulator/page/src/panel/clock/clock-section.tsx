import { useEffect, useState, type FormEvent, type JSX } from "react"
import { ask, problemAt, type Problem } from "../control.ts"
import { asNumber } from "../faults/fault-fields.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { Field } from "../parts/field.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { SectionHeading } from "../parts/section-heading.tsx"
import type { Overview, SimulatorTime } from "../use-overview.ts"
import type { Bilingual } from "../bilingual.ts"
import type { Unit } from "../words.ts"
import { durationText, localInput, SECONDS_OF, secondsUntil } from "./duration.ts"
import "./clock.css"

interface ClockSectionProps {
  readonly overview: Overview
  readonly tell: (text: string) => void
}

type Advance = (seconds: number | string) => Promise<readonly Problem[]>

/** The simulator's time, and controls that advance it. */
export function ClockSection({ overview, tell }: ClockSectionProps): JSX.Element {
  const all = usePanelWords()
  const words = all.clock
  const { clock } = overview
  const inWords = useDuration()
  const advance: Advance = async (seconds) => {
    const reply = await ask("POST", "/_sim/clock", JSON.stringify({ advance_s: seconds }))
    if (reply.problems !== undefined) return reply.problems
    tell(words.advanced(inWords(Number(seconds))))
    overview.refresh()
    return []
  }
  return (
    <>
      <SectionHeading title={all.sections.clock} />
      {clock === undefined ? <p className="quiet-line">{all.loading}</p> : <Face clock={clock} />}
      <Steps advance={advance} />
      <div className="fields clock-forms">
        <OwnFigure advance={advance} />
        <OwnTime clock={clock} advance={advance} />
      </div>
    </>
  )
}

function useDuration(): (seconds: number) => string {
  const words = usePanelWords()
  return (seconds) => durationText(seconds, words, " ")
}

const TICK_MS = 250

/** The simulator sends its time every few seconds; in between this component counts by itself. */
function Face({ clock }: { readonly clock: SimulatorTime }): JSX.Element {
  const words = usePanelWords().clock
  const locale = usePanelLanguage() === "zh" ? "zh-CN" : "en-GB"
  const inWords = useDuration()
  const [now, setNow] = useState(() => Date.parse(clock.now))
  useEffect(() => {
    const aheadMs = Date.parse(clock.now) - performance.now()
    const timer = setInterval(() => setNow(performance.now() + aheadMs), TICK_MS)
    return () => clearInterval(timer)
  }, [clock])
  const time = new Date(now)
  const beijing = time.toLocaleString(locale, { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short" })
  return (
    <div className="face sheet">
      <p className="hint">{words.now}</p>
      <p className="face-time">
        <time dateTime={clock.now}>{time.toLocaleTimeString(locale, { hour12: false })}</time>
        <span>{time.toLocaleDateString(locale, { dateStyle: "full" })}</span>
      </p>
      <p className={clock.ahead_s === 0 ? "hint" : "is-ahead"}>
        {clock.ahead_s === 0 ? words.inStep : words.ahead(inWords(clock.ahead_s))}
      </p>
      <p className="hint">{words.beijing(beijing)}</p>
      <p className="hint">{words.explained}</p>
    </div>
  )
}

const STEPS_SECONDS = [60, 3600, 7200, 86_400, 259_200]
// Each step ends one second after the lifetime.
const PAST = [
  { seconds: 7201, name: "pastToken" },
  { seconds: 86_401, name: "pastRecall" },
  { seconds: 259_201, name: "pastMedia" },
] as const

function Steps({ advance }: { readonly advance: Advance }): JSX.Element {
  const words = usePanelWords().clock
  const inWords = useDuration()
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const go = async (seconds: number): Promise<void> => setProblems(await advance(seconds))
  return (
    <>
      <fieldset>
        <legend>{words.steps}</legend>
        <div className="buttons">
          {STEPS_SECONDS.map((seconds) => (
            <button key={seconds} type="button" className="button" onClick={() => void go(seconds)}>
              {inWords(seconds)}
            </button>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend>{words.past}</legend>
        <div className="buttons">
          {PAST.map(({ seconds, name }) => (
            <button key={name} type="button" className="button" onClick={() => void go(seconds)}>
              {words[name]}
            </button>
          ))}
        </div>
      </fieldset>
      <ProblemNotice problems={problems} />
    </>
  )
}

const UNITS = ["seconds", "minutes", "hours", "days"] as const satisfies Unit[]
const FIELD = "advance_s"

function OwnFigure({ advance }: { readonly advance: Advance }): JSX.Element {
  const words = usePanelWords().clock
  const language = usePanelLanguage()
  const [amount, setAmount] = useState("90")
  const [unit, setUnit] = useState<Unit>("minutes")
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const go = async (): Promise<void> => {
    const number = asNumber(amount)
    setProblems(await advance(typeof number === "number" ? number * SECONDS_OF[unit] : number))
  }
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void go()
  }
  return (
    <form className="sheet one-line" noValidate onSubmit={onSubmit}>
      <h3>{words.custom}</h3>
      <div className="line">
        <Field label={words.amount} problem={problemAt(problems, FIELD, language)} className="grows">
          {(attributes) => (
            <input
              {...attributes}
              inputMode="decimal"
              autoComplete="off"
              value={amount}
              onChange={({ target }) => {
                setAmount(target.value)
                setProblems([])
              }}
            />
          )}
        </Field>
        <Field label={words.unit}>
          {(attributes) => (
            <select
              {...attributes}
              value={unit}
              onChange={({ target }) => setUnit(UNITS.find((one) => one === target.value) ?? unit)}
            >
              {UNITS.map((one) => (
                <option key={one} value={one}>
                  {words.units[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="submit" className="button filled">
          {words.advance}
        </button>
      </div>
      <ProblemNotice problems={problems} shownElsewhere={[FIELD]} />
    </form>
  )
}

function OwnTime({
  clock,
  advance,
}: {
  readonly clock: SimulatorTime | undefined
  readonly advance: Advance
}): JSX.Element {
  const words = usePanelWords().clock
  const language = usePanelLanguage()
  const [chosen, setChosen] = useState("")
  const [mistake, setMistake] = useState<Bilingual | "noTime" | "notAhead">()
  const go = async (): Promise<void> => {
    if (clock === undefined) return
    // This browser's clock may differ from the simulator's, but both run at the same pace.
    const reply = await ask<SimulatorTime>("POST", "/_sim/clock", '{"advance_s":0}')
    if (reply.problems !== undefined) return setMistake(reply.problems[0]?.detail)
    const seconds = secondsUntil(chosen, Date.parse(reply.value.now))
    if (Number.isNaN(seconds)) return setMistake("noTime")
    if (seconds < 0) return setMistake("notAhead")
    setMistake((await advance(seconds))[0]?.detail)
  }
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void go()
  }
  const problem = typeof mistake === "string" ? words[mistake] : mistake?.[language]
  return (
    <form className="sheet one-line" noValidate onSubmit={onSubmit}>
      <h3>{words.setTo}</h3>
      <div className="line">
        <Field label={words.setLabel} hint={words.setHint} problem={problem} className="grows">
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              step={1}
              min={clock === undefined ? undefined : localInput(Date.parse(clock.now))}
              value={chosen}
              onChange={({ target }) => {
                setChosen(target.value)
                setMistake(undefined)
              }}
            />
          )}
        </Field>
        <button type="submit" className="button filled" disabled={clock === undefined}>
          {words.set}
        </button>
      </div>
    </form>
  )
}
