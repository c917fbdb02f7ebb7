package org.backpropaganda.autograd.op;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * Einstein's summation over labelled axes, as in NumPy: {@code "bij,bjk->bik"}. A label is a letter and names an axis; what
 * the result does not name is summed. Composed of sums, transposes and one product, which save what they save: an operand
 * whose axes are not in the order of the product is copied into it, and the copy is saved.
 *
 * <p>Deviations: one or two operands, no label twice in one operand, no ellipsis, no broadcasting of axes of size 1.
 */
public final class Einsum {
    private static final String NAME = "einsum";

    private Einsum() {}

    /**
     * The sum.
     *
     * @param equation labels of each operand, separated by commas, an arrow, labels of the result; without an arrow the
     *     result has the labels that occur once, in alphabetical order
     * @param operands one or two
     */
    public static Variable einsum(String equation, Variable... operands) {
        Equation parsed = Equation.parse(equation, operands);
        Labelled result = operands.length == 1
                ? new Labelled(operands[0], parsed.inputs.get(0)).summedTo(parsed.output::contains)
                : product(
                        new Labelled(operands[0], parsed.inputs.get(0)),
                        new Labelled(operands[1], parsed.inputs.get(1)),
                        parsed.output);
        return result.ordered(parsed.output).value;
    }

    private static Labelled product(Labelled left, Labelled right, List<Character> output) {
        Labelled a = left.summedTo(label -> right.has(label) || output.contains(label));
        Labelled b = right.summedTo(label -> left.has(label) || output.contains(label));
        List<Character> batch = a.labels(label -> b.has(label) && output.contains(label));
        List<Character> inner = a.labels(label -> b.has(label) && !output.contains(label));
        List<Character> rows = a.labels(label -> !b.has(label));
        List<Character> columns = b.labels(label -> !a.has(label));
        Map<Character, Long> sizes = new TreeMap<>(a.sizes());
        sizes.putAll(b.sizes());
        long batches = count(batch, sizes);
        long m = count(rows, sizes);
        long k = count(inner, sizes);
        long n = count(columns, sizes);
        Variable x = a.ordered(joined(batch, rows, inner)).reshaped(batches, m, k);
        Variable y;
        if (inner.isEmpty()) {
            y = Multiply.multiply(x, b.ordered(joined(batch, columns)).reshaped(batches, 1, n));
        } else {
            y = BatchMatMul.batchMatMul(
                    x, b.ordered(joined(batch, inner, columns)).reshaped(batches, k, n));
        }
        List<Character> labels = joined(batch, rows, columns);
        long[] all = labels.stream().mapToLong(sizes::get).toArray();
        return new Labelled(reshape(y, all), labels);
    }

    private static long count(List<Character> labels, Map<Character, Long> sizes) {
        return labels.stream().mapToLong(sizes::get).reduce(1, (a, b) -> a * b);
    }

    @SafeVarargs
    private static List<Character> joined(List<Character>... parts) {
        List<Character> all = new ArrayList<>();
        for (List<Character> part : parts) {
            all.addAll(part);
        }
        return all;
    }

    private static Variable reshape(Variable x, long... sizes) {
        return x.shape().equals(Shape.of(sizes)) ? x : Reshape.reshape(x, sizes);
    }

    /** A value and the labels of its axes. */
    private record Labelled(Variable value, List<Character> labels) {

        boolean has(char label) {
            return labels.contains(label);
        }

        List<Character> labels(Predicate<Character> wanted) {
            return labels.stream().filter(wanted).toList();
        }

        Map<Character, Long> sizes() {
            return IntStream.range(0, labels.size())
                    .boxed()
                    .collect(Collectors.toMap(labels::get, axis -> value.shape().dim(axis)));
        }

        /** Without the other labels, over which it is summed. */
        Labelled summedTo(Predicate<Character> kept) {
            int[] axes = IntStream.range(0, labels.size())
                    .filter(axis -> !kept.test(labels.get(axis)))
                    .toArray();
            return axes.length == 0 ? this : new Labelled(Sum.sum(value, axes), labels(kept));
        }

        /** With its axes in another order. */
        Labelled ordered(List<Character> order) {
            int[] axes = order.stream().mapToInt(labels::indexOf).toArray();
            return order.equals(labels) ? this : new Labelled(Transpose.transpose(value, axes), order);
        }

        Variable reshaped(long... sizes) {
            return reshape(value, sizes);
        }
    }

    /** What an equation says: the labels of each operand and of the result. */
    private record Equation(List<List<Character>> inputs, List<Character> output) {

        static Equation parse(String equation, Variable... operands) {
            String shapes = "equation \"" + equation + "\" for "
                    + IntStream.range(0, operands.length)
                            .mapToObj(i -> operands[i].shape().toString())
                            .toList();
            String[] sides = equation.replace(" ", "").split("->", -1);
            Checks.require(sides.length <= 2, NAME, shapes + " has more than one arrow");
            String[] terms = sides[0].split(",", -1);
            Checks.require(
                    terms.length == operands.length && terms.length >= 1 && terms.length <= 2,
                    NAME,
                    shapes + ": " + terms.length + " terms for " + operands.length
                            + " operands; one or two of both are possible: split the product");
            List<List<Character>> inputs = new ArrayList<>();
            Map<Character, Long> sizes = new TreeMap<>();
            for (int i = 0; i < terms.length; i++) {
                List<Character> labels = labels(shapes, terms[i]);
                Shape shape = operands[i].shape();
                Checks.require(
                        labels.size() == shape.rank(),
                        NAME,
                        shapes + ": \"" + terms[i] + "\" names " + labels.size() + " axes, operand " + i + " has "
                                + shape.rank());
                for (int axis = 0; axis < labels.size(); axis++) {
                    Long known = sizes.putIfAbsent(labels.get(axis), shape.dim(axis));
                    Checks.require(
                            known == null || known == shape.dim(axis),
                            NAME,
                            shapes + ": axes '" + labels.get(axis) + "' have sizes " + known + " and "
                                    + shape.dim(axis));
                }
                inputs.add(labels);
            }
            List<Character> output = sides.length == 2 ? labels(shapes, sides[1]) : once(sides[0], sizes);
            for (char label : output) {
                Checks.require(
                        sizes.containsKey(label),
                        NAME,
                        shapes + ": no operand has the axis '" + label + "' of the result");
            }
            return new Equation(inputs, output);
        }

        private static List<Character> once(String terms, Map<Character, Long> sizes) {
            return sizes.keySet().stream()
                    .filter(label -> terms.indexOf(label) == terms.lastIndexOf(label))
                    .toList();
        }

        private static List<Character> labels(String shapes, String term) {
            List<Character> labels =
                    term.chars().mapToObj(letter -> (char) letter).toList();
            for (char label : labels) {
                Checks.require(
                        (label >= 'a' && label <= 'z') || (label >= 'A' && label <= 'Z'),
                        NAME,
                        shapes + ": '" + label + "' is no label; labels are letters, and there is no ellipsis");
                Checks.require(
                        term.indexOf(label) == term.lastIndexOf(label),
                        NAME,
                        shapes + ": '" + label + "' occurs twice in \"" + term + "\"; take the diagonal first");
            }
            return labels;
        }
    }
}
