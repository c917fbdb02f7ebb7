package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.backpropaganda.autograd.technique.BlockOption;
import org.backpropaganda.checkpointing.plan.BlockChain;
import org.backpropaganda.checkpointing.plan.PlannedBlock;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A chain given as JSON. Whatever it does not know, or finds of another type, it refuses by the place where it stands.
 *
 * @param levels of nesting that the file asks for
 */
record ChainFile(BlockChain chain, OptionalInt levels) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * Reads a file.
     *
     * @throws UserException if it holds no chain
     */
    static ChainFile read(Path file) {
        try {
            JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
            return chain(new At(root, ""));
        } catch (JacksonException e) {
            throw new UserException(file + " is no JSON (" + e.getOriginalMessage() + ")");
        } catch (IOException e) {
            throw new UserException(file + ": " + Words.reason(e));
        } catch (IllegalArgumentException e) {
            throw new UserException(file + ": " + e.getMessage());
        }
    }

    private static ChainFile chain(At root) {
        root.allows(Set.of("boundaries", "blocks", "levels"));
        List<Long> boundaries = new ArrayList<>();
        for (At boundary : root.get("boundaries").items()) {
            boundaries.add(boundary.count());
        }
        List<PlannedBlock> blocks = new ArrayList<>();
        for (At block : root.get("blocks").items()) {
            blocks.add(block(block, "block " + blocks.size()));
        }
        At levels = root.find("levels");
        return new ChainFile(
                new BlockChain(boundaries, blocks),
                levels == null ? OptionalInt.empty() : OptionalInt.of(levels.smallCount()));
    }

    private static PlannedBlock block(At at, String usualName) {
        at.allows(Set.of("name", "options", "replay", "reversible"));
        List<BlockOption> options = new ArrayList<>();
        for (At option : at.get("options").items()) {
            options.add(option(option, "option " + options.size()));
        }
        At name = at.find("name");
        if (options.isEmpty()) {
            throw at.get("options").wrong("an option at least");
        }
        return new PlannedBlock(
                name == null ? usualName : name.text(), options, replay(at.find("replay")), reversal(at), 0);
    }

    private static BlockOption option(At at, String usualName) {
        at.allows(Set.of(
                "name",
                "forward",
                "backward",
                "saved",
                "leasesInput",
                "leasesOutput",
                "transientForward",
                "transientBackward"));
        At name = at.find("name");
        return new BlockOption(
                name == null ? usualName : name.text(),
                at.get("forward").count(),
                at.get("backward").count(),
                at.get("saved").count(),
                at.get("leasesInput").flag(),
                at.get("leasesOutput").flag(),
                at.get("transientForward").count(),
                at.get("transientBackward").count());
    }

    private static PlannedBlock.@Nullable Replay replay(@Nullable At at) {
        if (at == null) {
            return null;
        }
        at.allows(Set.of("forward", "transient"));
        return new PlannedBlock.Replay(
                at.get("forward").count(), at.get("transient").count());
    }

    private static PlannedBlock.@Nullable Reversal reversal(At block) {
        At at = block.find("reversible");
        if (at == null) {
            return null;
        }
        at.allows(Set.of("forward", "backward", "transientForward", "transientBackward"));
        return new PlannedBlock.Reversal(
                at.get("forward").count(),
                at.get("backward").count(),
                at.get("transientForward").count(),
                at.get("transientBackward").count());
    }

    /** A value and where it stands. */
    private record At(JsonNode node, String place) {
        void allows(Set<String> names) {
            if (!node.isObject()) {
                throw wrong("an object");
            }
            for (String name : node.propertyNames()) {
                if (!names.contains(name)) {
                    throw new IllegalArgumentException(within(name) + " is not known; known are "
                            + names.stream().sorted().toList());
                }
            }
        }

        /** A property, or null if it is missing or null. */
        @Nullable
        At find(String name) {
            JsonNode value = node.get(name);
            return value == null || value.isNull() ? null : new At(value, within(name));
        }

        At get(String name) {
            At found = find(name);
            if (found == null) {
                throw new IllegalArgumentException(within(name) + " is missing");
            }
            return found;
        }

        List<At> items() {
            if (!node.isArray()) {
                throw wrong("a list");
            }
            List<At> items = new ArrayList<>();
            for (JsonNode item : node) {
                items.add(new At(item, place + "[" + items.size() + "]"));
            }
            return items;
        }

        long count() {
            if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
                throw wrong("a whole number from 0 to " + Long.MAX_VALUE);
            }
            return node.longValue();
        }

        int smallCount() {
            long count = count();
            if (count > Integer.MAX_VALUE) {
                throw wrong("a whole number from 0 to " + Integer.MAX_VALUE);
            }
            return (int) count;
        }

        boolean flag() {
            if (!node.isBoolean()) {
                throw wrong("true or false");
            }
            return node.booleanValue();
        }

        String text() {
            if (!node.isString() || node.stringValue().isEmpty()) {
                throw wrong("a text that is not empty");
            }
            return node.stringValue();
        }

        IllegalArgumentException wrong(String wanted) {
            return new IllegalArgumentException(
                    (place.isEmpty() ? "the whole" : place) + " is " + Words.name(node.toString()) + ", not " + wanted);
        }

        private String within(String name) {
            return place.isEmpty() ? name : place + "." + name;
        }
    }
}
