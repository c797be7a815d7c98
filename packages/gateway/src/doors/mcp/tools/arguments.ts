import { z } from "zod"

export const app = z
  .string()
  .max(64)
  .optional()
  .describe("Name of the WeCom app, as list_apps has it. May be left out where the key reaches exactly one.")

/** The id of a message of the gateway. */
export const messageId = z
  .string()
  .regex(/^msg_[0-9a-f-]{1,64}$/)
  .describe("The id that send answered with.")
