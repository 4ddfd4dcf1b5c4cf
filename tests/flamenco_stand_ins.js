// Compiles a job as Flamenco's Manager does, with stand-ins for what it gives to a job type, and nothing else of node's.
// Standard input: {"script": the job type's text, "job": {"name", "settings"}}. Standard output: {"job_type", "tasks"} or
// {"error"}; a task's dependencies are the numbers of tasks.

const fs = require("node:fs");
const vm = require("node:vm");
const posix = require("node:path").posix;

class Task {
    constructor(name, type) {
        if (!`${name}`.trim() || !`${type}`.trim()) {
            throw new Error("author.Task needs a name and a type");
        }
        Object.assign(this, { name: name, type: type, commands: [], dependencies: [] });
    }
    addCommand(command) { this.commands.push(command); }
    addDependency(task) { this.dependencies.push(task); }
}

class Job {
    constructor(name, settings) { Object.assign(this, { name: name, settings: settings, created: new Date(), tasks: [] }); }
    // The Manager keeps a copy: what is added to a task afterwards is lost.
    addTask(task) {
        const copy = { ...task, commands: [...task.commands], dependencies: [...task.dependencies], task: task };
        this.tasks.push(copy);
    }
}

const slashed = (text) => text.replaceAll("\\", "/");
// Whole frames from 0 on only, as Flamenco's own.
function frameNumbers(range) {
    const numbers = new Set();
    for (const part of range.replaceAll("..", "-").split(",")) {
        const ends = part.split("-").map((text) => (/^\s*\d+\s*$/.test(text) ? Number(text) : NaN));
        if (ends.length > 2 || ends.some(Number.isNaN)) {
            throw new Error(`invalid range ${range}`);
        }
        for (let frame = ends[0]; frame <= ends[ends.length - 1]; frame++) {
            numbers.add(frame);
        }
    }
    return [...numbers].sort((a, b) => a - b);
}

const flamenco = {
    author: {
        Task: (name, type) => new Task(name, type),
        Command: (name, parameters) => ({ name: name, parameters: parameters }),
    },
    path: {
        join: (...parts) => slashed(posix.join(...parts)),
        basename: (path) => posix.basename(slashed(path)),
        dirname: (path) => posix.dirname(slashed(path)),
        stem: (path) => posix.parse(slashed(path)).name,
    },
    print: () => undefined,
    alert: () => undefined,
    frameCount: (range) => frameNumbers(range).length,
    frameChunker: (range, size) => {
        const frames = frameNumbers(range);
        const starts = frames.filter((_, index) => index % size === 0);
        return starts.map((_, chunk) => frames.slice(chunk * size, (chunk + 1) * size).join(","));
    },
    formatTimestampLocal: (date) => date.toISOString().slice(0, 19).replace("T", "_").replaceAll(":", ""),
    shellSplit: (text) => text.split(/\s+/).filter((word) => word),
};

const given = JSON.parse(fs.readFileSync(0, "utf-8"));
const context = vm.createContext({ ...flamenco });
const script = vm.runInContext(`"use strict";${given.script}\n;({ JOB_TYPE, compileJob })`, context);
const job = new Job(given.job.name, given.job.settings);
let answer;
try {
    script.compileJob(job);
    const numbers = new Map(job.tasks.map((added, number) => [added.task, number]));
    answer = {
        job_type: script.JOB_TYPE,
        tasks: job.tasks.map(({ name, type, commands, dependencies }) => ({
            name, type, commands, dependencies: dependencies.map((task) => numbers.get(task) ?? -1),
        })),
    };
} catch (error) {
    answer = { error: `${error}` };
}
process.stdout.write(JSON.stringify(answer));
