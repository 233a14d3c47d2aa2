// A media player: one thread plays, one picks the next song, one answers the user. They talk through queues alone.
import assert from "node:assert/strict";
import { Queue, SimpleQueue, spawn } from "heddle";

const SONGS = ["Prelude", "Fugue", "Toccata", "Sonata"] as const;
type Question = "how many songs?" | "what plays last?" | "quit";

const playlist = new Queue<string>(1); // the picker is one song ahead at most
const questions = new SimpleQueue<Question>();
const answers = new SimpleQueue<string>();

const picker = spawn(() => {
  for (const song of SONGS) playlist.put(song);
  playlist.shutdown();
});

const player = spawn(() => {
  const played: string[] = [];
  for (const song of playlist) {
    console.log(`playing ${song}`);
    played.push(song);
    playlist.taskDone();
  }
  return played;
});

const desk = spawn(() => {
  for (;;) {
    const question = questions.get();
    if (question === "quit") return;
    answers.put(question === "how many songs?" ? String(SONGS.length) : (SONGS.at(-1) ?? "nothing"));
  }
});

// The user is answered whatever the music does.
questions.put("how many songs?");
assert.equal(answers.get(), "4");
questions.put("what plays last?");
assert.equal(answers.get(), "Sonata");

picker.result();
assert.deepEqual(player.result(), [...SONGS]);
assert.equal(playlist.join(), true, "every song was played to its end");
questions.put("quit");
desk.result();
console.log("the music is over");
