/* What happens in the browser alone: one selection in every figure and table, marks that fit the width, keys. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.explorer = (() => {
  const GRAPHS = ['network', 'raster', 'rates', 'activity', 'comparison', 'ask-network', 'wiring', 'cut'];
  const MOST = 20000;
  // As many pixels as the screen has: plotly draws four for each, and without a graphics card that is a second.
  Plotly.setPlotConfig({ plotGlPixelRatio: Math.min(window.devicePixelRatio || 1, 2) });
  let adding = false;
  for (const kind of ['keydown', 'keyup', 'mousedown', 'click'])
    window.addEventListener(kind, event => { adding = event.shiftKey || event.ctrlKey || event.metaKey; }, true);

  const plotOf = name => document.querySelector(`#${CSS.escape(name)} .js-plotly-plot`);

  // An id is a text; a connection is the pair of its ends.
  const idsOf = points => {
    const ids = new Set();
    for (const point of points)
      for (const id of [point.customdata].flat())
        if (typeof id === 'string' && /^\d+$/.test(id)) ids.add(id);
    return [...ids];
  };

  const same = (a, b) => a.length === b.length && a.every((id, k) => id === b[k]);

  const select = (...given) => {
    const now = given[given.length - 1] || [];
    const triggered = dash_clientside.callback_context.triggered[0];
    if (!triggered || !triggered.prop_id) return dash_clientside.no_update;
    if (triggered.prop_id.startsWith('selected-clear')) return [];
    if (!triggered.value || !triggered.value.points) return dash_clientside.no_update;
    const picked = idsOf(triggered.value.points).slice(0, MOST);
    if (!picked.length) return dash_clientside.no_update;
    if (!adding) return same(picked, now) && picked.length === 1 ? [] : picked;
    const dropped = picked.length === 1 && now.includes(picked[0]);
    return dropped ? now.filter(id => id !== picked[0]) : [...new Set([...now, ...picked])];
  };

  // Tables keep while circuits change: each asks for its rows anew.
  const refetch = () => {
    for (const name of ['neurons-grid', 'connections-grid', 'boundary-grid'])
      if (document.getElementById(name)) dash_ag_grid.getApiAsync(name).then(table => table.purgeInfiniteCache());
    return dash_clientside.no_update;
  };

  // Rows and the selection: what a person ticks is selected, what is selected elsewhere is ticked. A table holds only the
  // rows that were looked at, so that what it does not hold stays selected while boxes are ticked.
  let neurons = null;
  const chosen = () => JSON.parse(sessionStorage.getItem('selected') || '[]');
  const tick = () => neurons && neurons.forEachNode(node => {
    if (node.data && node.isSelected() !== wanted.has(node.data.root_id)) node.setSelected(wanted.has(node.data.root_id), false, 'api');
  });
  dash_ag_grid.getApiAsync('neurons-grid').then(table => {
    neurons = table;
    table.addEventListener('modelUpdated', tick);
    table.addEventListener('selectionChanged', event => {
      if (!/^(checkbox|row|uiSelect|keyboard|spaceKey|click)/i.test(event.source)) return;
      const ticked = [], held = new Set();
      table.forEachNode(node => { if (node.data) { held.add(node.data.root_id); if (node.isSelected()) ticked.push(node.data.root_id); } });
      const others = /^checkbox|space/i.test(event.source) ? chosen().filter(id => !held.has(id)) : [];
      dash_clientside.set_props('selected', { data: [...others, ...ticked].slice(0, MOST) });
    });
    tick();
  });

  // The selection is drawn on a canvas above the figure: plotly would draw everything anew for it.
  const overlayOf = plot => {
    let canvas = plot.querySelector('canvas.overlay');
    if (!canvas) {
      canvas = document.createElement('canvas');
      canvas.className = 'overlay';
      canvas.setAttribute('aria-hidden', 'true');
      plot.querySelector('.svg-container').appendChild(canvas);
    }
    if (!plot.followed) {
      plot.followed = true;
      plot.on('plotly_afterplot', () => overlay(plot));
      plot.on('plotly_relayouting', () => overlay(plot));
    }
    return canvas;
  };

  const axis = (plot, name) => plot._fullLayout[name.replace(/^([xy])/, '$1axis')];
  const ink = () => getComputedStyle(document.body).color;
  const color = trace => typeof trace.marker.color === 'string' ? trace.marker.color : ink();

  const overlay = plot => {
    const canvas = overlayOf(plot);
    const dense = window.devicePixelRatio || 1;
    const width = plot._fullLayout.width, height = plot._fullLayout.height;
    Object.assign(canvas, { width: width * dense, height: height * dense });
    Object.assign(canvas.style, { width: width + 'px', height: height + 'px' });
    plot.classList.toggle('dimmed', wanted.size > 0);
    if (!wanted.size) return;
    const pen = canvas.getContext('2d');
    pen.scale(dense, dense);
    const traces = plot._fullData.filter(t => t.visible === true && t.customdata && t.customdata.length && (t.mode || '').includes('markers'));
    const place = (trace, k) => {
      const xs = axis(plot, trace.xaxis || 'x'), ys = axis(plot, trace.yaxis || 'y');
      const x = xs._offset + xs.l2p(trace.x[k]), y = ys._offset + ys.l2p(trace.y[k]);
      const inside = x >= xs._offset && x <= xs._offset + xs._length && y >= ys._offset && y <= ys._offset + ys._length;
      return [x, y, inside];
    };
    const at = new Map();
    for (const trace of traces)
      if (!Array.isArray(trace.customdata[0]))
        trace.customdata.forEach((id, k) => at.set(id, [trace, k]));
    let lines = 0;
    for (const trace of traces) {  // the connections of the selected neurons
      if (!Array.isArray(trace.customdata[0])) continue;
      pen.strokeStyle = color(trace);
      for (let k = 0; k < trace.customdata.length && lines < 3000; k++) {
        const [pre, post] = trace.customdata[k];
        if ((!wanted.has(pre) && !wanted.has(post)) || !at.has(pre)) continue;
        const [x0, y0] = place(...at.get(pre)), [x1, y1] = place(trace, k);
        pen.globalAlpha = 0.6;
        pen.setLineDash(trace.name === 'inhibitory' ? [4, 3] : []);
        pen.beginPath();
        pen.moveTo(x0, y0);
        pen.quadraticCurveTo((x0 + x1) / 2 - (y1 - y0) * 0.1, (y0 + y1) / 2 + (x1 - x0) * 0.1, x1, y1);
        pen.stroke();
        lines++;
      }
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
    for (const trace of traces) {
      if (Array.isArray(trace.customdata[0])) continue;
      const symbol = trace.marker.symbol, ticks = plot.parentElement.id === 'raster' || (typeof symbol === 'string' && symbol.startsWith('line-ns'));
      const sizes = trace.marker.size;
      pen.fillStyle = color(trace);
      trace.customdata.forEach((id, k) => {
        if (!wanted.has(id)) return;
        const [x, y, inside] = place(trace, k);
        if (!inside) return;
        const radius = Math.max(3.5, (sizes.length ? sizes[k] : sizes) / 2);
        if (ticks || sizes <= 2) {
          pen.fillRect(x - 1, y - Math.max(radius, 4), 2, 2 * Math.max(radius, 4));
          return;
        }
        pen.beginPath();
        pen.arc(x, y, radius + 1.5, 0, 2 * Math.PI);
        pen.fill();
        pen.lineWidth = 1.5;
        pen.strokeStyle = ink();
        pen.stroke();
      });
    }
  };

  let wanted = new Set();
  const paint = selected => {
    wanted = new Set(selected || []);
    tick();
    const draw = () => GRAPHS.forEach(name => { const plot = plotOf(name); if (plot && plot._fullData && plot._fullData.length) overlay(plot); });
    setTimeout(draw, 50);
    setTimeout(draw, 500);
    const n = wanted.size;
    document.body.classList.toggle('has-selection', n > 0);
    const shown = n === 1 ? [...wanted][0] + ' selected' : n ? `${n.toLocaleString('en')} neurons selected` : 'Nothing selected: click a neuron, or drag with box or lasso; Shift adds';
    return [n, shown];
  };

  // What this tab is called, so that it can stop what it asked.
  const tab = () => [...crypto.getRandomValues(new Uint32Array(4))].map(part => part.toString(16)).join('');

  // Dark or light: as the switch was left, else as the machine has it.
  const machine = window.matchMedia('(prefers-color-scheme: dark)');
  const dark = () => (localStorage.getItem('graphkit-theme') || (machine.matches ? 'dark' : 'light')) === 'dark';
  const dress = () => { document.documentElement.dataset.theme = dark() ? 'dark' : 'light'; };
  dress();

  // Marks shrink with the room that figures have.
  const room = (_, clicks) => {
    const triggered = dash_clientside.callback_context.triggered[0];
    if (clicks && triggered && triggered.prop_id.startsWith('theme')) {
      localStorage.setItem('graphkit-theme', dark() ? 'light' : 'dark');
      dress();
    } else if (window.innerWidth <= 900)  // the figure first: what chooses it unfolds
      document.querySelectorAll('#panel-circuit .side details').forEach(part => { part.open = false; });
    const px = Math.round((window.innerWidth - (window.innerWidth > 900 ? 390 : 50)) / 50) * 50;
    return [{ px, theme: dark() ? 'dark' : 'light' }, String(dark())];
  };

  const saved = (plot, name, format) => {
    const { title = '', caption = '', above = 0 } = plot.layout.meta || {};
    const lines = caption.replace(/&/g, '&amp;').replace(/</g, '&lt;').split(/(.{1,150})(?:\s|$)/).filter(Boolean);
    const layout = Object.assign({}, plot.layout, {
      width: 1400, height: 900, autosize: false,
      title: { text: [`<span style="font-size:18px;color:${plot.layout.template.layout.font.color}">${title}</span>`, ...lines.map(line => `<span style="font-size:12px">${line}</span>`)].join('<br>') },
      margin: Object.assign({}, plot.layout.margin, { t: 50 + 20 * (1 + lines.length) + above, l: 24, r: 24, b: 24 }) });
    return Plotly.downloadImage({ data: plot.data, layout, config: {} },
      { format, width: 1400, height: 900, scale: format === 'png' ? 2 : 1, filename: `graphkit_${name}` })
      .then(file => `${file}: saved by the browser`);
  };

  const drawn = asked => asked ? saved(asked.figure, asked.name, asked.kind) : dash_clientside.no_update;

  const picture = (clicks, name, format) => {
    if (!clicks) return dash_clientside.no_update;
    const plot = plotOf(name);
    if (!plot || !plot.data || !plot.data.length)
      return name === 'network' ? 'There is no circuit yet.' : 'There is no run yet: simulate, or choose one, in the panel Simulate.';
    return saved(plot, name, format);
  };

  // A panel that was hidden when its figures came has to measure them again.
  new MutationObserver(changes => {
    if (changes.some(change => change.target.classList && (change.target.classList.contains('panel') || change.target.id.endsWith('-card') || change.target.id.startsWith('part-') || change.target.id === 'run-figures')))
      setTimeout(() => { window.dispatchEvent(new Event('resize')); }, 30);
  }).observe(document.documentElement, { attributes: true, attributeFilter: ['hidden'], subtree: true });

  // Dash names a list by its value alone: its label comes first, and the field for searching in it is named after it.
  new MutationObserver(() => {
    for (const list of document.querySelectorAll('button.dash-dropdown[id]:not([data-named])')) {
      const label = document.querySelector(`label[for="${CSS.escape(list.id)}"]`);
      if (!label) continue;
      label.id = `${list.id}-label`;
      list.setAttribute('aria-labelledby', `${label.id} ${list.getAttribute('aria-labelledby')}`);
      list.dataset.named = label.textContent;
    }
    const search = document.querySelector('.dash-dropdown-search:not([aria-label])');
    const open = search && document.querySelector('button.dash-dropdown[data-named][aria-expanded=true]');
    if (open) search.setAttribute('aria-label', `Search: ${open.dataset.named}`);
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Tabs within a panel; those of the panels themselves are in the address.
  window.addEventListener('click', event => {
    const tab = event.target.closest && event.target.closest('.tabs [role=tab]');
    if (!tab) return;
    for (const other of tab.parentElement.children) {  // told to Dash, which fills what is seen
      dash_clientside.set_props(other.id, { 'aria-selected': String(other === tab) });
      dash_clientside.set_props(other.getAttribute('aria-controls'), { hidden: other !== tab });
    }
  });

  window.addEventListener('keydown', event => {
    const row = document.activeElement && document.activeElement.closest('[role=tablist]');
    const tabs = row ? [...row.querySelectorAll('[role=tab]')] : [];
    const at = tabs.indexOf(document.activeElement);
    if (at >= 0 && ['ArrowRight', 'ArrowLeft', 'Home', 'End'].includes(event.key)) {
      const to = event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : (at + (event.key === 'ArrowRight' ? 1 : -1) + tabs.length) % tabs.length;
      tabs[to].focus();
      tabs[to].click();
      event.preventDefault();
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && document.activeElement && document.activeElement.id === 'ask-text') {
      document.activeElement.blur();  // the field tells its text when it is left
      setTimeout(() => document.getElementById('ask-run').click(), 50);
      event.preventDefault();
    }
    if (event.key === 'Escape') {
      const close = document.getElementById('message-close');
      if (close && !document.getElementById('message').hidden) close.click();
    }
  });

  return { select, refetch, paint, picture, drawn, room, tab };
})();
