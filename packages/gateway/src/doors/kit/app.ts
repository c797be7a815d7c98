import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { FastifyBaseLogger, FastifyInstance } from "fastify"
import type { ZodTypeProvider } from "fastify-type-provider-zod"

/** The server, or a plugin's part of it. Code that adds routes needs only this. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
