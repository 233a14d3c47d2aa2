/** Loaded before anything else of heddle by a real main thread that only supervises: it runs no program itself. */
(globalThis as Record<symbol, unknown>)[Symbol.for("heddle.role")] = "supervisor";
