import type { LimitSettings, Settings } from "../../../../src/settings.ts"
import type { Bilingual } from "../bilingual.ts"
import { GROUPS, LIMIT_SPECS, SETTING_SPECS, type SettingSpec } from "./setting-words.ts"

export type SettingValue = string | number | boolean | null

/** One setting, as a row of the panel shows it. */
export interface SettingRow {
  /** The name in JSON; a limit is in the object `limits`. */
  readonly name: string
  readonly isLimit: boolean
  readonly spec: SettingSpec
  readonly value: SettingValue
  readonly default: SettingValue
}

export interface RowGroup {
  /** Undefined for the limits, whose title is in `words.ts`. */
  readonly title: Bilingual | undefined
  readonly rows: readonly SettingRow[]
}

export function rowGroups(settings: Settings, defaults: Settings): readonly RowGroup[] {
  const groups = GROUPS.map(({ title, names }) => ({
    title,
    rows: names.map((name) => ({
      name,
      isLimit: false,
      spec: SETTING_SPECS[name],
      value: settings[name],
      default: defaults[name],
    })),
  }))
  const limits = LIMIT_NAMES.map((name) => ({
    name,
    isLimit: true,
    spec: LIMIT_SPECS[name],
    value: settings.limits[name],
    default: defaults.limits[name],
  }))
  return [...groups, { title: undefined, rows: limits }]
}

const LIMIT_NAMES = Object.keys(LIMIT_SPECS).filter((name): name is keyof LimitSettings => name in LIMIT_SPECS)

export const isChanged = ({ value, default: usual }: SettingRow): boolean => value !== usual

export function changedSettings(settings: Settings, defaults: Settings): readonly SettingRow[] {
  return rowGroups(settings, defaults).flatMap(({ rows }) => rows.filter(isChanged))
}

/** The body of `PUT /_sim/settings` that gives these rows these values. */
export function settingsBody(changes: readonly { readonly row: SettingRow; readonly value: unknown }[]): string {
  const plain = changes.filter(({ row }) => !row.isLimit).map(({ row, value }) => [row.name, value] as const)
  const limits = changes.filter(({ row }) => row.isLimit).map(({ row, value }) => [row.name, value] as const)
  return JSON.stringify({
    ...Object.fromEntries(plain),
    ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
  })
}

/** The path under which the simulator reports problems of the setting. */
export const pathOf = ({ name, isLimit }: SettingRow): string => (isLimit ? `limits.${name}` : name)

/** Searches in the name, and in the description in the user's language. */
export function fitsSearch({ name, spec }: SettingRow, query: string, language: keyof Bilingual): boolean {
  const words = query.toLowerCase().split(/\s+/)
  const text = `${name} ${name.replaceAll("_", " ")} ${spec.about[language]}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

/** A value in words. */
export function valueText(
  { spec }: SettingRow,
  value: SettingValue,
  language: keyof Bilingual,
  words: { readonly on: string; readonly off: string },
): string {
  switch (spec.kind) {
    case "switch":
      return value === true ? words.on : words.off
    case "choice":
      return String(value)
    case "numberOrNull":
      if (value === null) return spec.none[language]
      break
    case "number":
      break
  }
  return numberText(value, language)
}

function numberText(value: SettingValue, language: keyof Bilingual): string {
  return typeof value === "number" ? value.toLocaleString(language === "zh" ? "zh-CN" : "en") : String(value)
}
