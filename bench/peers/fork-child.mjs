// A bare fork's child: sends back what it gets; with "end" it ends at once.
if (process.argv[2] !== "end") process.on("message", (message) => process.send(message));
