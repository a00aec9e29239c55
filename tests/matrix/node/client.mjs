// A Matrix client with the encryption that Element uses, driven line by line: a command as JSON on stdin, its answer on
// stdout, and between them what every room now looks like, each time that it changes.
import { createInterface } from "node:readline";

// Libraries write to the console; stdout is ours alone.
for (const name of ["log", "info", "debug", "trace"]) console[name] = () => {};
for (const name of ["warn", "error"]) {
    console[name] = (...words) => process.stderr.write(`${name} ${words.map(String).join(" ")}\n`);
}

const sdk = await import("matrix-js-sdk");
const { CryptoEvent, EventShieldColour, EventShieldReason, OnlySignedDevicesIsolationMode } = await import(
    "matrix-js-sdk/lib/crypto-api/index.js"
);

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let client, user;

async function until(ready) {
    for (let tries = 0; tries < 1500; tries++) {
        const found = await ready();
        if (found) return found;
        await pause(10);
    }
    throw new Error("waited 15 s in vain");
}

const notified = new Map(); // what an event did when it could first be read: once redacted it does nothing
function push(event) {
    const id = event.getId();
    const readable = !event.isRedacted() && !event.isDecryptionFailure() && !event.isBeingDecrypted();
    if (!notified.has(id) && readable && event.getType() !== "m.room.encrypted") {
        const actions = client.getPushActionsForEvent(event, true) ?? {};
        const { sound, highlight } = actions.tweaks ?? {};
        notified.set(id, { notify: !!actions.notify, sound: sound ?? null, highlight: !!highlight });
    }
    return notified.get(id) ?? null;
}

async function shield(event) {
    const info = event.isEncrypted() && !event.isRedacted() && (await client.getCrypto().getEncryptionInfoForEvent(event));
    if (!info) return null;
    return [EventShieldColour[info.shieldColour], info.shieldReason === null ? null : EventShieldReason[info.shieldReason]];
}

async function describe(event) {
    const encrypted = event.isEncrypted();
    const content = event.getContent();
    return {
        event_id: event.getId(),
        sender: event.getSender(),
        type: event.getType(),
        state_key: event.getStateKey() ?? null,
        content,
        ts: event.getTs(),
        redacted: event.isRedacted(),
        edited: !!event.replacingEvent(),
        encrypted,
        decrypted: encrypted && !event.isDecryptionFailure() && event.getType() !== "m.room.encrypted",
        failure: event.decryptionFailureReason ?? null,
        shield: await shield(event),
        push: push(event),
    };
}

async function picture(room) {
    const sent = room.getLiveTimeline().getEvents().filter((event) => !event.getId().startsWith("~"));
    return {
        room: room.roomId,
        name: room.name,
        membership: room.getMyMembership(),
        version: room.getVersion(),
        encrypted: room.hasEncryptionStateEvent(),
        unread: room.getUnreadNotificationCount("total") ?? 0,
        members: Object.fromEntries(room.currentState.getMembers().map((one) => [one.userId, one.membership])),
        typing: room.currentState.getMembers().filter((one) => one.typing).map((one) => one.userId),
        timeline: await Promise.all(sent.map(describe)),
    };
}

// One picture at a time for a room; what moves meanwhile asks for one more. The same picture is not told twice.
const drawing = new Set(), moved = new Set(), told = new Map();
async function draw(room) {
    if (!room) return;
    moved.add(room.roomId);
    if (drawing.has(room.roomId)) return;
    drawing.add(room.roomId);
    while (moved.delete(room.roomId)) {
        await new Promise(setImmediate);
        const drawn = JSON.stringify(await picture(room));
        if (told.get(room.roomId) !== drawn) {
            told.set(room.roomId, drawn);
            process.stdout.write(`{"picture":${drawn}}\n`);
        }
    }
    drawing.delete(room.roomId);
}
const drawAll = () => client.getRooms().forEach(draw);
const drawOf = (event) => draw(client.getRoom(event.getRoomId()));

function watch() {
    client.on(sdk.RoomEvent.Timeline, (_, room) => draw(room));
    client.on(sdk.RoomEvent.Redaction, (_, room) => draw(room));
    client.on(sdk.RoomEvent.LocalEchoUpdated, (_, room) => draw(room));
    client.on(sdk.RoomEvent.MyMembership, draw);
    client.on(sdk.MatrixEventEvent.Decrypted, drawOf);
    client.on(sdk.MatrixEventEvent.Replaced, drawOf);
    client.on(sdk.RoomMemberEvent.Typing, drawOf);
    client.on(sdk.ClientEvent.Sync, drawAll);
    client.on(CryptoEvent.DevicesUpdated, drawAll);
    client.on(CryptoEvent.UserTrustStatusChanged, drawAll);
}

async function seen(roomId, encrypted) {
    return until(() => {
        const room = client.getRoom(roomId);
        return room && (!encrypted || room.hasEncryptionStateEvent()) ? room : null;
    });
}

const commands = {
    async start({ url, user_id, password, exclude_insecure }) {
        user = { user_id, password };
        const quiet = { ...console, getChild: () => quiet };
        const door = sdk.createClient({ baseUrl: url, logger: quiet });
        const login = await door.loginRequest({
            type: "m.login.password",
            identifier: { type: "m.id.user", user: user_id },
            password,
        });
        client = sdk.createClient({
            baseUrl: url,
            userId: login.user_id,
            accessToken: login.access_token,
            deviceId: login.device_id,
            logger: quiet,
        });
        await client.initRustCrypto({ useIndexedDB: false });
        if (exclude_insecure) client.getCrypto().setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
        watch();
        await client.startClient({ initialSyncLimit: 200 });
        await until(() => client.isInitialSyncComplete());
        return { device_id: login.device_id };
    },
    async create({ invite, encrypted, preset, is_direct, version }) {
        const initial_state = encrypted
            ? [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }]
            : [];
        const asked = { invite, preset, is_direct, initial_state, ...(version ? { room_version: version } : {}) };
        const { room_id } = await client.createRoom(asked);
        draw(await seen(room_id, encrypted));
        return room_id;
    },
    async send({ room, type, content }) {
        await seen(room);
        return (await client.sendEvent(room, type, content)).event_id;
    },
    async redact({ room, event_id }) {
        return (await client.redactEvent(room, event_id)).event_id;
    },
    async join({ room }) {
        await client.joinRoom(room);
        await seen(room);
    },
    invite: ({ room, user_id }) => client.invite(room, user_id),
    leave: ({ room }) => client.leave(room),
    typing: ({ room, on }) => client.sendTyping(room, on, 4000),
    async bootstrap() {
        const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: user.user_id } };
        await client.getCrypto().bootstrapCrossSigning({
            authUploadDeviceSigningKeys: (upload) => upload({ ...auth, password: user.password }),
        });
        drawAll();
    },
    async trust({ user_id }) {
        const crypto = client.getCrypto();
        const status = await crypto.getUserVerificationStatus(user_id);
        const known = (await crypto.getUserDeviceInfo([user_id], true)).get(user_id) ?? new Map();
        const devices = {};
        for (const id of known.keys()) {
            devices[id] = (await crypto.getDeviceVerificationStatus(user_id, id))?.signedByOwner ?? null;
        }
        return { devices, verified: status.isCrossSigningVerified(), needs_approval: status.needsUserApproval };
    },
    rules: () => client.pushRules ?? client.getPushRules(),
};

for await (const line of createInterface({ input: process.stdin })) {
    const { id, command, ...asked } = JSON.parse(line);
    Promise.resolve()
        .then(() => commands[command](asked))
        .then((answer) => tell({ id, answer: answer ?? null }))
        .catch((error) => tell({ id, error: `${error.errcode ?? error.name}: ${error.message}` }));
}
client?.stopClient();
process.exit(0);
