import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { FastifyBaseLogger, FastifyInstance } from "fastify"
import type { ZodTypeProvider } from "fastify-type-provider-zod"

/** The server, or the part of it that a plugin sees; code that adds routes needs only this. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
