import { Activity, useCallback, useRef, useState, type JSX } from "react"
import type { Language } from "../shell/language.ts"
import { Link } from "../shell/link.tsx"
import { useLocation, withParameters } from "../shell/location.ts"
// Imported before the styles of the sections, which build on it.
import "./panel.css"
import { CallsSection } from "./calls/calls-section.tsx"
import { ClockSection } from "./clock/clock-section.tsx"
import { FaultsSection } from "./faults/faults-section.tsx"
import { PanelLanguage } from "./language.ts"
import { OrganisationSection } from "./organisation/organisation-section.tsx"
import { SettingsSection } from "./settings/settings-section.tsx"
import { changedSettings } from "./settings/setting-values.ts"
import { SimulatorSection } from "./simulator/simulator-section.tsx"
import { useOverview, type Overview } from "./use-overview.ts"
import { PANEL_WORDS, type PanelWords, type Section } from "./words.ts"

/** The panel for people who run tests: the simulator's behaviour, and the calls that it got. */
export function Panel({ language }: { readonly language: Language }): JSX.Element {
  const words = PANEL_WORDS[language]
  const url = useLocation()
  const section = sectionOf(url)
  const overview = useOverview()
  const [told, tell] = useTold()
  const [resets, setResets] = useState(0)
  const onReset = (): void => {
    setResets(resets + 1)
    overview.refresh()
  }

  const views: Readonly<Record<Section, JSX.Element>> = {
    calls: <CallsSection url={url} tell={tell} />,
    faults: <FaultsSection overview={overview} tell={tell} />,
    clock: <ClockSection overview={overview} tell={tell} />,
    settings: <SettingsSection overview={overview} tell={tell} />,
    organisation: <OrganisationSection key={resets} tell={tell} />,
    simulator: <SimulatorSection overview={overview} tell={tell} onReset={onReset} />,
  }
  return (
    <PanelLanguage value={language}>
      <div className="panel">
        <nav className="panel-nav" aria-label={words.nav}>
          {SECTIONS.map((name) => (
            <Link
              key={name}
              // On a narrow screen not all links have room, so the chosen one is scrolled into view.
              ref={name === section ? bringIntoSight : undefined}
              href={withParameters(url, { section: name })}
              aria-current={name === section ? "page" : undefined}
            >
              <span>{words.sections[name]}</span>
              <Mark section={name} overview={overview} words={words} />
            </Link>
          ))}
        </nav>
        <div className="panel-sections">
          {!overview.isOnline && (
            <p className="panel-offline" role="alert">
              {words.offline}
            </p>
          )}
          {unknownSection(url) !== "" && (
            <p className="panel-unknown" role="alert">
              {words.unknownSection(unknownSection(url), words.sections[section])}
            </p>
          )}
          {SECTIONS.map((name) => (
            // Hidden sections keep what was typed; only the visible one asks the simulator for updates.
            <Activity key={name} mode={name === section ? "visible" : "hidden"}>
              <section className={`panel-section panel-${name}`} aria-label={words.sections[name]}>
                {views[name]}
              </section>
            </Activity>
          ))}
        </div>
        <output className={told === "" ? "told" : "told is-told"}>{told}</output>
      </div>
    </PanelLanguage>
  )
}

function bringIntoSight(link: HTMLAnchorElement | null): void {
  link?.scrollIntoView({ block: "nearest", inline: "nearest" })
}

const SECTIONS = ["calls", "faults", "clock", "settings", "organisation", "simulator"] as const satisfies Section[]

function sectionOf({ searchParams }: URL): Section {
  const wanted = searchParams.get("section")
  return SECTIONS.find((name) => name === wanted) ?? "calls"
}

/** The section that the address names but that does not exist; "" when there is none. */
function unknownSection({ searchParams }: URL): string {
  const wanted = searchParams.get("section") ?? ""
  return SECTIONS.some((name) => name === wanted) ? "" : wanted
}

/** Shows how much this simulator differs from a newly started one. */
function Mark({
  section,
  overview,
  words,
}: {
  readonly section: Section
  readonly overview: Overview
  readonly words: PanelWords
}): JSX.Element | null {
  const text = textOfMark(section, overview, words)
  return text === "" ? null : <span className="panel-mark">{text}</span>
}

function textOfMark(section: Section, { faults, clock, settings, defaults }: Overview, words: PanelWords): string {
  if (section === "faults" && faults !== undefined && faults.length > 0) return words.left(faults.length)
  if (section === "clock" && clock !== undefined && clock.ahead_s > 0) return words.ahead
  if (section !== "settings" || settings === undefined || defaults === undefined) return ""
  const { length } = changedSettings(settings, defaults)
  return length === 0 ? "" : words.changed(length)
}

const TOLD_MS = 4000

/** A message about the last action, shown for a while and read out once. */
function useTold(): [told: string, tell: (text: string) => void] {
  const [told, setTold] = useState("")
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const tell = useCallback((text: string): void => {
    clearTimeout(timer.current)
    setTold(text)
    timer.current = setTimeout(() => setTold(""), TOLD_MS)
  }, [])
  return [told, tell]
}
