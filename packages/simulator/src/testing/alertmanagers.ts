import { without } from "../../../../tools/testing/programs.ts"
import { startAlertmanager } from "./alertmanager.ts"
import { asAlertmanager } from "./as-alertmanager.ts"

/** The program itself, and what sends the same where there is none. */
export const ALERTMANAGERS = [
  { by: "the program", skip: without("alertmanager"), startAlertmanager },
  { by: "what it sends", skip: false, startAlertmanager: asAlertmanager },
]
