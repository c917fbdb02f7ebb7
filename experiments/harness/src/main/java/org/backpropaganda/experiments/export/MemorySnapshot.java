package org.backpropaganda.experiments.export;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.experiments.peak.LoggedBlock;
import org.backpropaganda.experiments.peak.LoggedCall;
import org.backpropaganda.experiments.peak.StepLog;

/**
 * A step's allocations as PyTorch's memory_viz shows them: a pickle of the form that {@code torch.cuda.memory._snapshot()} has, of
 * one device with one segment. The stack of a block is its module path, op and kind. Addresses are made up: they tell blocks from
 * each other, and where they would lie if each took the first gap.
 *
 * <p>Source: {@code torch/cuda/_memory_viz.py} and {@code torch/utils/viz/MemoryViz.js}, which read it.
 */
public final class MemorySnapshot {
    private final AddressSpace space = new AddressSpace();
    private final Map<LoggedBlock, Long> addresses = new HashMap<>();
    private final Map<LoggedBlock, List<Object>> frames = new HashMap<>();
    private final List<Object> trace = new ArrayList<>();

    private MemorySnapshot() {}

    /** Writes the snapshot of a step to a file. */
    public static void write(StepLog log, Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            Pickle.write(out, new MemorySnapshot().of(log));
        }
    }

    private Map<String, Object> of(StepLog log) {
        List<StepLog.Event> events = log.events();
        for (int i = 0; i < events.size(); i++) {
            StepLog.Event event = events.get(i);
            LoggedBlock block = event.block();
            boolean inStep = i >= log.eventsBefore();
            if (block.bytes() == 0) {
                continue;
            }
            switch (event.change()) {
                case ALLOCATED -> {
                    addresses.put(block, space.allocate(block.bytes()));
                    frames.put(block, framesOf(event));
                    if (inStep) {
                        trace.add(action("alloc", event));
                    }
                }
                case BOOKED -> frames.put(block, framesOf(event));
                case FREED -> {
                    trace.add(action("free_requested", event));
                    trace.add(action("free_completed", event));
                    space.release(address(block), block.bytes());
                    addresses.remove(block);
                }
            }
        }
        Map<String, Object> snapshot = new LinkedHashMap<>();
        snapshot.put("segments", List.of(segment()));
        snapshot.put("device_traces", List.of(trace));
        return snapshot;
    }

    private long address(LoggedBlock block) {
        Long address = addresses.get(block);
        if (address == null) {
            throw new IllegalStateException(
                    "memory snapshot: block " + block.number() + " is freed and was never allocated");
        }
        return address;
    }

    /** Innermost first, as stacks are written: what it is, what made it, where. */
    private static List<Object> framesOf(StepLog.Event event) {
        List<Object> stack = new ArrayList<>();
        LoggedBlock block = event.block();
        stack.add(frame(event.path(), block.spec() + " " + event.kind()));
        for (LoggedCall call = block.maker(); call != null; call = call.caller()) {
            stack.add(frame(call.path(), call.name() + " " + call.phase()));
        }
        return stack;
    }

    private static Map<String, Object> frame(String path, String name) {
        Map<String, Object> frame = new LinkedHashMap<>();
        frame.put("filename", path.isEmpty() ? "(model)" : path);
        frame.put("line", 0);
        frame.put("name", name);
        return frame;
    }

    private Map<String, Object> action(String action, StepLog.Event event) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("action", action);
        entry.put("addr", address(event.block()));
        entry.put("size", event.block().bytes());
        entry.put("stream", 0);
        entry.put("time_us", event.nanos() / 1000);
        entry.put("frames", frames.getOrDefault(event.block(), List.of()));
        return entry;
    }

    /** What is alive at the end of the step, with the gaps between, which readers count on. */
    private Map<String, Object> segment() {
        TreeMap<Long, LoggedBlock> sorted = new TreeMap<>();
        addresses.forEach((block, address) -> sorted.put(address, block));
        List<Object> blocks = new ArrayList<>();
        long at = AddressSpace.BASE;
        long active = 0;
        for (Map.Entry<Long, LoggedBlock> entry : sorted.entrySet()) {
            LoggedBlock block = entry.getValue();
            if (entry.getKey() > at) {
                blocks.add(block(at, entry.getKey() - at, "inactive", List.of()));
            }
            blocks.add(block(entry.getKey(), block.bytes(), "active_allocated", frames.getOrDefault(block, List.of())));
            at = entry.getKey() + block.bytes();
            active += block.bytes();
        }
        long end = AddressSpace.BASE + space.bytes();
        if (end > at) {
            blocks.add(block(at, end - at, "inactive", List.of()));
        }
        Map<String, Object> segment = new LinkedHashMap<>();
        segment.put("device", 0);
        segment.put("address", AddressSpace.BASE);
        segment.put("total_size", space.bytes());
        segment.put("allocated_size", active);
        segment.put("active_size", active);
        segment.put("requested_size", active);
        segment.put("stream", 0);
        segment.put("segment_type", "large");
        segment.put("frames", List.of());
        segment.put("blocks", blocks);
        return segment;
    }

    private static Map<String, Object> block(long address, long size, String state, List<Object> frames) {
        Map<String, Object> block = new LinkedHashMap<>();
        block.put("address", address);
        block.put("size", size);
        block.put("requested_size", size);
        block.put("state", state);
        block.put("frames", frames);
        return block;
    }
}
