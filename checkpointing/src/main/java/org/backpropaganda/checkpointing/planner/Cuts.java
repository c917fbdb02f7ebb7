package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.jspecify.annotations.Nullable;

/**
 * A model cut where one tensor, or one set of streams, passes from part to part: between the links of chains and the blocks of
 * runs, and of those inside them. What is joined otherwise, as a body and its shortcut, is one block.
 */
final class Cuts {
    /** A row of parts, or a block in one. */
    sealed interface Node permits Row, Leaf {
        /** The first block in it. */
        int from();

        /** The block behind its last one. */
        int to();

        /** Its name in the row that it stands in. */
        String name();
    }

    /**
     * Parts one after another.
     *
     * @param run the run that they are the blocks of, or null for a chain
     */
    record Row(String name, List<Node> nodes, @Nullable Run run) implements Node {
        @Override
        public int from() {
            return nodes.get(0).from();
        }

        @Override
        public int to() {
            return nodes.get(nodes.size() - 1).to();
        }

        /** The part of the row that is a row itself and has a range of blocks in it, or is it. */
        Optional<Row> partAround(int from, int to) {
            return nodes.stream()
                    .filter(node -> node.from() <= from && to <= node.to())
                    .filter(Row.class::isInstance)
                    .map(Row.class::cast)
                    .findFirst();
        }

        /** Whether a range of blocks is one of whole parts of this row. */
        boolean hasBoundaries(int from, int to) {
            return nodes.stream().anyMatch(node -> node.from() == from)
                    && nodes.stream().anyMatch(node -> node.to() == to);
        }
    }

    /**
     * A block.
     *
     * @param from its number
     * @param path in the model
     * @param run the row of a run that it is a block of, or null
     */
    record Leaf(
            int from,
            String name,
            String path,
            Part part,
            @Nullable Run run) implements Node {
        @Override
        public int to() {
            return from + 1;
        }
    }

    private final Row root;
    private final List<Leaf> leaves = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();

    private Cuts(Part structure) {
        this.root = isRow(structure) ? row("", "", structure) : single(structure);
    }

    static Cuts of(Part structure) {
        return new Cuts(structure);
    }

    private Row single(Part structure) {
        Row row = new Row("", List.of(leaf("", "", structure, null)), null);
        rows.add(row);
        return row;
    }

    private static boolean isRow(Part part) {
        return (part instanceof Chain chain && !chain.links().isEmpty()) || (part instanceof Run run && run.isPlain());
    }

    private Row row(String name, String path, Part part) {
        List<Node> nodes = new ArrayList<>();
        if (part instanceof Chain chain) {
            chain.links().forEach(link -> nodes.add(node(link.name(), join(path, link.name()), link.part(), null)));
        } else if (part instanceof Run run) {
            for (int i = 0; i < run.blocks().size(); i++) {
                String number = Integer.toString(i);
                nodes.add(node(number, join(path, number), run.blocks().get(i), run));
            }
        }
        Row row = new Row(name, List.copyOf(nodes), part instanceof Run run ? run : null);
        rows.add(row);
        return row;
    }

    private Node node(String name, String path, Part part, @Nullable Run run) {
        return isRow(part) ? row(name, path, part) : leaf(name, path, part, run);
    }

    private Leaf leaf(String name, String path, Part part, @Nullable Run run) {
        Leaf leaf = new Leaf(leaves.size(), name, path, part, run);
        leaves.add(leaf);
        return leaf;
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** All of it. */
    Row root() {
        return root;
    }

    /** The blocks in the order of forward. */
    List<Leaf> leaves() {
        return leaves;
    }

    /** How the blocks are called. */
    List<String> names() {
        return leaves.stream().map(Cuts::nameOf).toList();
    }

    private static String nameOf(Leaf leaf) {
        return leaf.path().isEmpty() ? "model" : leaf.path();
    }

    /** Whether a range of blocks is one of whole parts of some row, so that it can be executed as one there. */
    boolean allows(int from, int to) {
        return to <= leaves.size() && rows.stream().anyMatch(row -> row.hasBoundaries(from, to));
    }

    /** The run that all blocks of a range are blocks of. */
    Optional<Run> runOf(int from, int to) {
        return rows.stream()
                .filter(row -> row.hasBoundaries(from, to))
                .flatMap(row -> Optional.ofNullable(row.run()).stream())
                .findFirst();
    }
}
