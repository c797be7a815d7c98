import { MEDIA_FAULTS } from "../../../accept/media-named.ts"
import { Problem } from "../../../problems/problem.ts"
import { Refusal } from "../refusal.ts"

/**
 * @throws {Refusal} 40007 for an id of the gateway's that is no file of the app, or a file of another type; 40004 for a file
 *   that may not be forwarded
 */
export async function refusingUnknownMedia<T>(accepting: Promise<T>): Promise<T> {
  try {
    return await accepting
  } catch (error) {
    const fault = error instanceof Problem ? error.errors.find(({ code }) => MEDIA_FAULTS.has(code)) : undefined
    throw fault === undefined ? error : new Refusal(fault.errcode ?? 40007, fault.detail.en, { cause: error })
  }
}
