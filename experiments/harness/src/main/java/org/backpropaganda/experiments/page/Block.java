package org.backpropaganda.experiments.page;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** A piece of a {@link Section}: its data, for the page's script to draw. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Block permits Facts, HeatStrip, Holders, Lines, Overlay, Stacks, Table, Tiles, Words {}
