import type { Bilingual, Language } from "@wecom-push/protocol"

type Texts = Readonly<Record<string, Bilingual>>

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

type Values<All extends { readonly [Name in keyof All]: Bilingual }, Key extends keyof All> = [
  Placeholders<All[Key]["en"]>,
] extends [never]
  ? []
  : [values: Readonly<Record<Placeholders<All[Key]["en"]>, string | number>>]

/** The keys of texts with nothing to fill in. */
export type PlainKey<All extends Texts> = {
  [Key in keyof All]: [Placeholders<All[Key]["en"]>] extends [never] ? Key : never
}[keyof All]

/** Makes what tells the sentences of a table: each in the user's language, with its `{names}` filled in. */
export function sayingFrom<const All extends { readonly [Key in keyof All]: Bilingual }>(texts: All) {
  return <Key extends keyof All & string>(language: Language, key: Key, ...values: Values<All, Key>): string => {
    const filled: Readonly<Record<string, string | number>> = values[0] ?? {}
    return texts[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(filled[name]))
  }
}
