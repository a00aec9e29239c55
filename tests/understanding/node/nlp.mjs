// node-nlp, trained on the phrases it is given, answers messages. One JSON object comes in, one goes out.
import { createRequire } from "node:module";

console.log = console.error; // it says there that « ??? » has no words; the answer alone goes out

const { NlpManager } = createRequire(import.meta.url)("node-nlp");

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { phrases, messages } = JSON.parse(Buffer.concat(chunks).toString("utf8"));

/** Train on [language, text, label], and return what ranks the labels of a message. */
async function learn(of) {
  const languages = [...new Set(phrases.map((phrase) => phrase.language))];
  const manager = new NlpManager({ languages, forceNER: false, autoSave: false, nlu: { log: false, useNoneFeature: false } });
  for (const phrase of phrases) manager.addDocument(phrase.language, phrase.text, of(phrase));
  await manager.train();
  return async (message) => {
    const told = await manager.process(message.language, message.text);
    return told.classifications.map((one) => one.intent);
  };
}

const began = performance.now();
const topics = await learn((phrase) => phrase.topic);
const dangers = await learn((phrase) => (phrase.danger ? "yes" : "no"));
const audiences = await learn((phrase) => phrase.audience ?? "-");
const learnt = performance.now();
const answers = [];
for (const message of messages) {
  const started = performance.now();
  const ranked = await topics(message);
  const took = performance.now() - started;
  const [danger] = await dangers(message);
  const [audience] = await audiences(message);
  answers.push({ topics: ranked.slice(0, 3), danger: danger === "yes", audience: audience === "-" ? null : audience, took });
}
process.stdout.write(JSON.stringify({ learnt: (learnt - began) / 1000, answers }));
